// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users in the kernel pin, and that they let go of it.
 */
#include "access_fixture.h"

static int unmap(struct _test_data_access *self, __u64 iova, __u64 length)
{
	return iommu_unmap(self->fd, self->ioas, iova, length);
}

static int try_pin(struct _test_data_access *self, __u64 iova, __u64 length,
		   __u32 flags)
{
	__u32 id;

	return access_pin(self->fd, self->user, iova, length, self->memory,
			  flags, &id);
}

TEST_F(access, only_what_is_asked_for_is_pinned)
{
	__u32 id;

	ASSERT_OK(check_refs(self, 0, NPAGES, 0));
	ASSERT_OK(pin(self, 2, 3, &id));
	EXPECT_OK(check_refs(self, 0, 2, 0));
	EXPECT_OK(check_refs(self, 2, 3, 1));
	EXPECT_OK(check_refs(self, 5, 3, 0));
	ASSERT_OK(unpin(self, id));
	EXPECT_OK(check_refs(self, 0, NPAGES, 0));
	EXPECT_ERR(ENOENT, unpin(self, id));
}

TEST_F(access, pages_that_are_not_those_of_the_process_are_EBADE)
{
	__u32 id;

	EXPECT_ERR(EBADE, access_pin(self->fd, self->user, IOVA, self->page,
				     self->memory + self->page, 0, &id));
	EXPECT_OK(check_refs(self, 0, 2, 0));
}

TEST_F(access, pages_are_pinned_once_for_all_who_ask)
{
	__u32 ids[3];

	ASSERT_OK(pin(self, 0, 4, &ids[0]));
	ASSERT_OK(pin(self, 2, 4, &ids[1]));
	ASSERT_OK(pin(self, 0, NPAGES, &ids[2]));
	EXPECT_OK(check_refs(self, 0, NPAGES, 1));
	ASSERT_OK(unpin(self, ids[2]));
	EXPECT_OK(check_refs(self, 0, 6, 1));
	EXPECT_OK(check_refs(self, 6, 2, 0));
	ASSERT_OK(unpin(self, ids[0]));
	EXPECT_OK(check_refs(self, 0, 2, 0));
	EXPECT_OK(check_refs(self, 2, 4, 1));
	ASSERT_OK(unpin(self, ids[1]));
	EXPECT_OK(check_refs(self, 0, NPAGES, 0));
}

TEST_F(access, same_range_can_be_pinned_many_times)
{
	__u32 ids[100];

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		ASSERT_OK(pin(self, 1, 2, &ids[i]));
	EXPECT_OK(check_refs(self, 1, 2, 1));
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		ASSERT_OK(unpin(self, ids[i]));
	EXPECT_OK(check_refs(self, 0, NPAGES, 0));
}

TEST_F(access, user_shares_the_pins_of_a_domain)
{
	struct mock_device dev;
	__u32 id;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_OK(check_refs(self, 0, NPAGES, 1));
	ASSERT_OK(pin(self, 0, 2, &id));
	EXPECT_OK(check_refs(self, 0, NPAGES, 1));
	ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
	EXPECT_OK(check_refs(self, 0, 2, 1));
	ASSERT_OK(unpin(self, id));
	EXPECT_OK(check_refs(self, 0, NPAGES, 0));
}

TEST_F(access, user_keeps_its_pins_when_a_domain_comes_and_goes)
{
	struct mock_device dev;
	__u32 id;

	ASSERT_OK(pin(self, 0, 2, &id));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_OK(check_refs(self, 2, NPAGES - 2, 1));
	ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
	EXPECT_OK(check_refs(self, 0, 2, 1));
	EXPECT_OK(check_refs(self, 2, NPAGES - 2, 0));
	ASSERT_OK(unpin(self, id));
	EXPECT_OK(check_refs(self, 0, NPAGES, 0));
}

TEST_F(access, attach_with_other_memory_than_was_pinned_in_part_is_EFAULT)
{
	char *own = mem_alloc_aligned(2 * self->page, self->page);
	struct mock_device dev;
	__u32 id;

	ASSERT_NE(NULL, own);
	own[0] = 'a';
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, own, 2 * self->page,
			       OTHER, IOMMU_MAP_RW));
	ASSERT_OK(access_pin(self->fd, self->user, OTHER, self->page, own,
			     WRITE, &id));
	/* The driver keeps the first page, a device would get another one. */
	ASSERT_EQ(own, mmap(own, self->page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	own[0] = 'b';
	EXPECT_ERR(EFAULT, mock_attach(self->fd, self->ioas, &dev));
	EXPECT_OK(mock_check_refs(self->fd, own, 2 * self->page, 0));
	ASSERT_OK(unpin(self, id));
	EXPECT_OK(mock_attach(self->fd, self->ioas, &dev));
	mem_free(own, 2 * self->page);
}

TEST_F(access, unmap_makes_the_user_let_go)
{
	__u32 ids[2];

	ASSERT_OK(pin(self, 0, 2, &ids[0]));
	ASSERT_OK(pin(self, 1, 5, &ids[1]));
	ASSERT_OK(unmap(self, IOVA, self->length));
	EXPECT_OK(check_refs(self, 0, NPAGES, 0));
	EXPECT_ERR(ENOENT, unpin(self, ids[0]));
	EXPECT_ERR(ENOENT, unpin(self, ids[1]));
	EXPECT_ERR(ENOENT, try_pin(self, IOVA, self->page, WRITE));
}

TEST_F(access, unmap_gives_up_on_a_user_that_does_not_let_go)
{
	int user = access_open(self->fd, self->ioas,
			       PINS | MOCK_FLAGS_ACCESS_CREATE_KEEPS_PINS);
	__u64 unmapped = 0;
	__u32 id;

	ASSERT_LE(0, user);
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, self->page,
			       OTHER, IOMMU_MAP_RW));
	ASSERT_OK(access_pin(self->fd, user, OTHER, self->page, self->memory,
			     WRITE, &id));
	EXPECT_ERR(EDEADLK, unmap(self, OTHER, self->page));
	/* Nor is anything else unmapped that was asked for in one call */
	EXPECT_ERR(EDEADLK, iommu_unmap_all(self->fd, self->ioas));
	EXPECT_ERR(EEXIST, iommu_map_at(self->fd, self->ioas, self->memory,
					self->page, IOVA, IOMMU_MAP_RW));
	EXPECT_OK(check_refs(self, 0, 1, 1));
	ASSERT_OK(access_unpin(self->fd, user, id));
	EXPECT_OK(iommu_unmap_count(self->fd, self->ioas, 0, IOMMU_UNMAP_ALL,
				    &unmapped));
	EXPECT_EQ(self->length + self->page, unmapped);
	close(user);
}

TEST_F(access, unmap_of_something_else_leaves_the_user_alone)
{
	__u32 id;

	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, self->page,
			       OTHER, IOMMU_MAP_RW));
	ASSERT_OK(pin(self, 0, 2, &id));
	ASSERT_OK(unmap(self, OTHER, self->page));
	EXPECT_OK(check_refs(self, 0, 2, 1));
	EXPECT_OK(unpin(self, id));
}

TEST_F(access, range_may_span_mappings)
{
	size_t half = self->length / 2;
	__u32 id;

	/* The second half first, then the first */
	ASSERT_OK(unmap(self, IOVA, self->length));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory + half, half,
			       IOVA + half, IOMMU_MAP_RW));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, half, IOVA,
			       IOMMU_MAP_RW));
	ASSERT_OK(pin(self, 1, NPAGES - 2, &id));
	EXPECT_OK(check_refs(self, 0, 1, 0));
	EXPECT_OK(check_refs(self, 1, NPAGES - 2, 1));
	/* Of either of them it lets go of all */
	ASSERT_OK(unmap(self, IOVA + half, half));
	EXPECT_OK(check_refs(self, 0, NPAGES, 0));
	EXPECT_ERR(ENOENT, unpin(self, id));
}

TEST_F(access, mapping_of_a_part_finds_the_right_pages)
{
	__u32 id;

	ASSERT_OK(iommu_copy_at(self->fd, self->ioas, OTHER, self->ioas,
				IOVA + 3 * self->page, 2 * self->page,
				IOMMU_MAP_RW));
	ASSERT_OK(access_pin(self->fd, self->user, OTHER + self->page,
			     self->page, self->memory + 4 * self->page, 0,
			     &id));
	EXPECT_OK(check_refs(self, 4, 1, 1));
	EXPECT_OK(check_refs(self, 3, 1, 0));
	EXPECT_OK(unpin(self, id));
}

TEST_F(access, range_with_a_hole_is_ENOENT_and_pins_nothing)
{
	EXPECT_ERR(ENOENT, try_pin(self, IOVA, self->length + self->page, 0));
	EXPECT_ERR(ENOENT, try_pin(self, IOVA - self->page, self->length, 0));
	EXPECT_ERR(ENOENT, try_pin(self, OTHER, self->page, 0));
	EXPECT_OK(check_refs(self, 0, NPAGES, 0));
}

TEST_F(access, range_that_makes_no_sense_is_refused)
{
	EXPECT_ERR(EINVAL, try_pin(self, IOVA, 0, 0));
	EXPECT_ERR(EINVAL, try_pin(self, IOVA + 1, self->page, 0));
	EXPECT_ERR(EINVAL, try_pin(self, IOVA, self->page - 1, 0));
	EXPECT_ERR(EOVERFLOW, try_pin(self, -(__u64)self->page, 2 * self->page,
				      0));
	EXPECT_ERR(EOPNOTSUPP, try_pin(self, IOVA, self->page, 2));
	EXPECT_OK(check_refs(self, 0, NPAGES, 0));
}

TEST_F(access, mapping_for_one_direction_is_EPERM_for_the_other)
{
	__u32 id;

	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, self->page,
			       OTHER, IOMMU_IOAS_MAP_READABLE));
	EXPECT_ERR(EPERM, try_pin(self, OTHER, self->page, WRITE));
	ASSERT_OK(access_pin(self->fd, self->user, OTHER, self->page,
			     self->memory, 0, &id));
	ASSERT_OK(unmap(self, OTHER, self->page));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, self->page,
			       OTHER, IOMMU_IOAS_MAP_WRITEABLE));
	EXPECT_ERR(EPERM, try_pin(self, OTHER, self->page, 0));
	EXPECT_OK(access_pin(self->fd, self->user, OTHER, self->page,
			     self->memory, WRITE, &id));
}

TEST_F(access, user_that_said_it_does_not_pin_cannot)
{
	int user = access_open(self->fd, self->ioas, 0);
	__u32 id;

	ASSERT_LE(0, user);
	EXPECT_ERR(EINVAL, access_pin(self->fd, user, IOVA, self->page,
				      self->memory, 0, &id));
	close(user);
}

TEST_F(access, pins_are_charged_once)
{
	__u32 ids[2];

	ASSERT_OK(limit_pages(4));
	ASSERT_OK(unmap(self, IOVA, self->length));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory,
			       self->length, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(pin(self, 0, 3, &ids[0]));
	ASSERT_OK(pin(self, 1, 3, &ids[1]));
	EXPECT_EQ(4, mem_pinned_pages());
	EXPECT_ERR(ENOMEM, pin(self, 4, 1, &ids[1]));
	EXPECT_EQ(4, mem_pinned_pages());
	EXPECT_OK(check_refs(self, 4, NPAGES - 4, 0));
	ASSERT_OK(unpin(self, ids[0]));
	EXPECT_EQ(3, mem_pinned_pages());
	ASSERT_OK(unmap(self, IOVA, self->length));
	EXPECT_EQ(0, mem_pinned_pages());
}

TEST_F(access, user_and_domain_are_charged_once)
{
	struct mock_device dev;
	__u32 id;

	ASSERT_OK(limit_pages(NPAGES));
	ASSERT_OK(unmap(self, IOVA, self->length));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory,
			       self->length, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(pin(self, 0, 3, &id));
	EXPECT_EQ(3, mem_pinned_pages());
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_EQ(NPAGES, mem_pinned_pages());
	ASSERT_OK(unpin(self, id));
	EXPECT_EQ(NPAGES, mem_pinned_pages());
	ASSERT_OK(pin(self, 0, 3, &id));
	ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
	ASSERT_OK(unpin(self, id));
	EXPECT_EQ(0, mem_pinned_pages());
}

TEST_F(access, user_that_pins_wants_whole_pages)
{
	__u32 bytes;
	int user;

	EXPECT_ERR(EINVAL, iommu_map_at(self->fd, self->ioas, self->memory, 16,
					OTHER, IOMMU_MAP_RW));
	ASSERT_OK(iommu_ioas_alloc(self->fd, &bytes));
	ASSERT_OK(iommu_map_at(self->fd, bytes, self->memory, 16, OTHER,
			       IOMMU_MAP_RW));
	EXPECT_ERR(EADDRINUSE, access_open(self->fd, bytes, PINS));
	EXPECT_ERR(EADDRINUSE, access_replace(self->fd, self->user, bytes));
	user = access_open(self->fd, bytes, 0);
	EXPECT_LE(0, user);
	close(user);
	close(self->user);
	self->user = -1;
	EXPECT_OK(iommu_map_at(self->fd, self->ioas, self->memory, 16, OTHER,
			       IOMMU_MAP_RW));
}

TEST_F(access, address_space_stays_as_long_as_its_user)
{
	EXPECT_ERR(EBUSY, iommu_destroy(self->fd, self->ioas));
	close(self->user);
	self->user = -1;
	EXPECT_OK(iommu_destroy(self->fd, self->ioas));
}

TEST_F(access, closing_the_user_unpins)
{
	__u32 id;

	ASSERT_OK(pin(self, 0, NPAGES, &id));
	close(self->user);
	self->user = -1;
	EXPECT_OK(check_refs(self, 0, NPAGES, 0));
}

TEST_F(access, user_outlives_the_context_s_file)
{
	__u32 id;
	int other;

	ASSERT_OK(pin(self, 0, NPAGES, &id));
	close(self->fd);
	other = iommu_open();
	ASSERT_LE(0, other);
	self->fd = other;
	EXPECT_OK(check_refs(self, 0, NPAGES, 1));
	close(self->user);
	self->user = -1;
	EXPECT_OK(check_refs(self, 0, NPAGES, 0));
}

TEST_F(access, replace_unpins_and_goes_on_with_the_other_space)
{
	__u32 other, id;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(iommu_map_at(self->fd, other, self->memory + self->page,
			       self->page, OTHER, IOMMU_MAP_RW));
	ASSERT_OK(pin(self, 0, NPAGES, &id));
	ASSERT_OK(access_replace(self->fd, self->user, other));
	EXPECT_OK(check_refs(self, 0, NPAGES, 0));
	EXPECT_ERR(ENOENT, try_pin(self, IOVA, self->page, 0));
	EXPECT_OK(access_pin(self->fd, self->user, OTHER, self->page,
			     self->memory + self->page, WRITE, &id));
	EXPECT_OK(iommu_destroy(self->fd, self->ioas));
	EXPECT_ERR(EBUSY, iommu_destroy(self->fd, other));
}

TEST_F(access, failed_replace_changes_nothing)
{
	__u32 id;

	ASSERT_OK(pin(self, 0, NPAGES, &id));
	EXPECT_ERR(ENOENT, access_replace(self->fd, self->user, 12345));
	EXPECT_OK(check_refs(self, 0, NPAGES, 1));
	EXPECT_OK(unpin(self, id));
}

TEST_F(access, user_of_nothing_is_ENOENT)
{
	EXPECT_ERR(ENOENT, access_open(self->fd, 12345, PINS));
	EXPECT_ERR(EOPNOTSUPP, access_open(self->fd, self->ioas, 2));
}

TEST_F(access, descriptor_that_is_no_user_is_refused)
{
	int other = iommu_open();
	__u32 id;

	ASSERT_LE(0, other);
	EXPECT_ERR(EBADF, access_unpin(self->fd, -1, 1));
	EXPECT_ERR(EBADFD, access_unpin(self->fd, other, 1));
	/* Nor is that of another context */
	EXPECT_ERR(EBADFD, access_pin(other, self->user, IOVA, self->page,
				      self->memory, 0, &id));
	close(other);
}

TEST_HARNESS_MAIN
