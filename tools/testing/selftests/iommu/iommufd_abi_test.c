// SPDX-License-Identifier: GPL-2.0-only
/*
 * How /dev/iommu is called: struct sizes, command numbers, reserved members
 * and ids. What the commands do is the subject of the other suites.
 *
 * Needs no device and is also built as a 32 bit program.
 */
#include <fcntl.h>
#include <sys/ioctl.h>

#include "iommufd_abi_fixture.h"
#include "lib/layout.h"

static unsigned long number(unsigned int nr)
{
	return _IO(IOMMUFD_TYPE, nr);
}

static void set_size(void *cmd, __u32 size)
{
	memcpy(cmd, &size, sizeof(size));
}

TEST_F(command, exact_size_is_accepted)
{
	ASSERT_OK(variant->fill(self, self->structs));
	set_size(self->structs, variant->size);
	EXPECT_OK(iommu_ioctl(self->fd, number(variant->nr), self->structs));
}

TEST_F(command, struct_below_its_first_version_is_refused)
{
	ASSERT_OK(variant->fill(self, self->structs));
	set_size(self->structs, variant->min_size - 1);
	EXPECT_ERR(EINVAL, iommu_ioctl(self->fd, number(variant->nr),
				       self->structs));
	set_size(self->structs, 4);
	EXPECT_ERR(EINVAL, iommu_ioctl(self->fd, number(variant->nr),
				       self->structs));
	set_size(self->structs, 0);
	EXPECT_ERR(EINVAL, iommu_ioctl(self->fd, number(variant->nr),
				       self->structs));
}

TEST_F(command, longer_struct_with_zero_tail_is_accepted)
{
	ASSERT_OK(variant->fill(self, self->structs));
	set_size(self->structs, variant->size + 24);
	EXPECT_OK(iommu_ioctl(self->fd, number(variant->nr), self->structs));
}

TEST_F(command, tail_of_a_whole_page_is_accepted)
{
	ASSERT_OK(variant->fill(self, self->structs));
	set_size(self->structs, self->page);
	EXPECT_OK(iommu_ioctl(self->fd, number(variant->nr), self->structs));
}

TEST_F(command, longer_struct_with_nonzero_tail_is_refused)
{
	ASSERT_OK(variant->fill(self, self->structs));
	set_size(self->structs, variant->size + 24);
	self->structs[variant->size + 23] = 1;
	EXPECT_ERR(E2BIG, iommu_ioctl(self->fd, number(variant->nr),
				      self->structs));
	self->structs[variant->size + 23] = 0;
	self->structs[variant->size] = 1;
	EXPECT_ERR(E2BIG, iommu_ioctl(self->fd, number(variant->nr),
				      self->structs));
}

TEST_F(command, answer_does_not_touch_the_tail)
{
	static const char zero[24];

	ASSERT_OK(variant->fill(self, self->structs));
	set_size(self->structs, variant->size + 24);
	ASSERT_OK(iommu_ioctl(self->fd, number(variant->nr), self->structs));
	EXPECT_EQ(0, memcmp(self->structs + variant->size, zero, 24));
}

TEST_F(command, unreadable_struct_is_EFAULT)
{
	char *last = self->structs + self->page;

	EXPECT_ERR(EFAULT, iommu_ioctl(self->fd, number(variant->nr), NULL));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->fd, number(variant->nr), last));
	/* The size can be read, the rest cannot */
	set_size(last - 4, variant->size);
	EXPECT_ERR(EFAULT, iommu_ioctl(self->fd, number(variant->nr),
				       last - 4));
}

TEST_F(command, struct_that_ends_at_a_page_end_is_accepted)
{
	char *cmd = self->structs + self->page - variant->size;

	ASSERT_OK(variant->fill(self, cmd));
	set_size(cmd, variant->size);
	EXPECT_OK(iommu_ioctl(self->fd, number(variant->nr), cmd));
}

TEST_F(command, other_encodings_of_the_number_are_ENOTTY)
{
	unsigned int nr = variant->nr;
	const unsigned long wrong[] = {
		_IOC(_IOC_READ, IOMMUFD_TYPE, nr, variant->size),
		_IOC(_IOC_WRITE, IOMMUFD_TYPE, nr, variant->size),
		_IOC(_IOC_READ | _IOC_WRITE, IOMMUFD_TYPE, nr, variant->size),
		_IOC(_IOC_READ, IOMMUFD_TYPE, nr, 0),
		_IOC(_IOC_NONE, IOMMUFD_TYPE, nr, variant->size),
		_IO(':', nr),
		_IO(0, nr),
	};
	unsigned int i;

	ASSERT_OK(variant->fill(self, self->structs));
	set_size(self->structs, variant->size);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_ERR(ENOTTY, iommu_ioctl(self->fd, wrong[i],
					       self->structs)) {
			TH_LOG("command %#lx", wrong[i]);
		}
	}
}

/* An open /dev/iommu with one address space in it. */
FIXTURE(context)
{
	int fd;
	__u32 ioas_id;
	size_t page;
};

FIXTURE_SETUP(context)
{
	self->page = mem_page_size();
	self->fd = iommu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->ioas_id));
}

FIXTURE_TEARDOWN(context)
{
	close(self->fd);
}

TEST_F(context, numbers_without_a_command_are_ENOTTY)
{
	char cmd[256] = { sizeof(cmd) - 1 };
	unsigned int nr;

	for (nr = 0; nr < 256; nr++) {
		if (nr >= 0x64 && nr <= 0x95)	/* VFIO's and ours */
			continue;
		if (nr == 0xa0 || (nr >= 0xc0 && nr < 0xe0))
			continue;
		EXPECT_ERR(ENOTTY, iommu_ioctl(self->fd, number(nr), cmd)) {
			TH_LOG("number %#x", nr);
		}
	}
}

TEST_F(context, read_write_and_mmap_are_refused)
{
	char byte = 0;
	void *p;

	EXPECT_EQ(-1, read(self->fd, &byte, 1));
	EXPECT_EQ(-1, write(self->fd, &byte, 1));
	p = mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd, 0);
	EXPECT_TRUE(p == MAP_FAILED);
}

TEST_F(context, flags_of_ioas_alloc_must_be_zero)
{
	int bit;

	for (bit = 0; bit < 32; bit++) {
		struct iommu_ioas_alloc cmd = {
			.size = sizeof(cmd),
			.flags = 1u << bit,
		};

		EXPECT_ERR(EOPNOTSUPP,
			   iommu_ioctl(self->fd, IOMMU_IOAS_ALLOC, &cmd));
	}
}

TEST_F(context, reserved_member_of_iova_ranges_must_be_zero)
{
	struct iommu_ioas_iova_ranges cmd = {
		.size = sizeof(cmd),
		.ioas_id = self->ioas_id,
		.__reserved = 1,
	};

	EXPECT_ERR(EOPNOTSUPP,
		   iommu_ioctl(self->fd, IOMMU_IOAS_IOVA_RANGES, &cmd));
}

TEST_F(context, reserved_member_and_unknown_flags_of_map_must_be_zero)
{
	struct iommu_ioas_map cmd = {
		.size = sizeof(cmd),
		.ioas_id = self->ioas_id,
		.length = self->page,
		.iova = IOVA,
	};
	int bit;

	for (bit = 3; bit < 32; bit++) {
		cmd.flags = IOMMU_MAP_RW | IOMMU_IOAS_MAP_FIXED_IOVA |
			    (1u << bit);
		EXPECT_ERR(EOPNOTSUPP,
			   iommu_ioctl(self->fd, IOMMU_IOAS_MAP, &cmd));
	}
	cmd.flags = IOMMU_MAP_RW | IOMMU_IOAS_MAP_FIXED_IOVA;
	cmd.__reserved = 1;
	EXPECT_ERR(EOPNOTSUPP, iommu_ioctl(self->fd, IOMMU_IOAS_MAP, &cmd));
	cmd.__reserved = 0;
	EXPECT_OK(iommu_ioctl(self->fd, IOMMU_IOAS_MAP, &cmd));
}

TEST_F(context, reserved_member_of_allow_iovas_must_be_zero)
{
	struct iommu_ioas_allow_iovas cmd = {
		.size = sizeof(cmd),
		.ioas_id = self->ioas_id,
		.__reserved = 1,
	};

	EXPECT_ERR(EOPNOTSUPP,
		   iommu_ioctl(self->fd, IOMMU_IOAS_ALLOW_IOVAS, &cmd));
}

TEST_F(context, unknown_flags_of_copy_must_be_zero)
{
	int bit;

	for (bit = 3; bit < 32; bit++) {
		EXPECT_ERR(EOPNOTSUPP,
			   iommu_copy_at(self->fd, self->ioas_id, IOVA,
					 self->ioas_id, 2 * IOVA, self->page,
					 IOMMU_MAP_RW | 1u << bit));
	}
}

TEST_F(context, unknown_options_and_operations_are_EOPNOTSUPP)
{
	struct iommu_option cmd = {
		.size = sizeof(cmd),
		.option_id = IOMMU_OPTION_HUGE_PAGES,
		.op = IOMMU_OPTION_OP_GET,
		.object_id = self->ioas_id,
		.__reserved = 1,
	};
	__u64 value;

	EXPECT_ERR(EOPNOTSUPP, iommu_ioctl(self->fd, IOMMU_OPTION, &cmd));
	cmd.__reserved = 0;
	cmd.op = 2;
	EXPECT_ERR(EOPNOTSUPP, iommu_ioctl(self->fd, IOMMU_OPTION, &cmd));
	EXPECT_ERR(EOPNOTSUPP, iommu_option_get(self->fd, 2, 0, &value));
	EXPECT_ERR(EOPNOTSUPP, iommu_option_get(self->fd, 0xffffffff, 0,
						&value));
}

TEST_F(context, answer_that_cannot_be_written_is_EFAULT)
{
	struct iommu_ioas_alloc *cmd = mem_alloc(self->page);

	ASSERT_TRUE(!!cmd);
	cmd->size = sizeof(*cmd);
	ASSERT_EQ(0, mprotect(cmd, self->page, PROT_READ));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->fd, IOMMU_IOAS_ALLOC, cmd));
	mem_free(cmd, self->page);
}

TEST_F(context, ids_are_positive_and_never_zero)
{
	EXPECT_LT(0, (__s32)self->ioas_id);
	EXPECT_ERR(ENOENT, iommu_destroy(self->fd, 0));
}

TEST_F(context, unknown_ids_are_ENOENT)
{
	const __u32 unknown[] = { 0, self->ioas_id + 1, 0x7fffffff,
				  0x80000000, 0xffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		__u32 num = 0;
		__u64 align;

		EXPECT_ERR(ENOENT, iommu_destroy(self->fd, unknown[i]));
		EXPECT_ERR(ENOENT, iommu_unmap_all(self->fd, unknown[i]));
		EXPECT_ERR(ENOENT, iommu_map_at(self->fd, unknown[i], NULL,
						self->page, IOVA,
						IOMMU_MAP_RW));
		EXPECT_ERR(ENOENT, iommu_iova_ranges(self->fd, unknown[i], NULL,
						     &num, &align));
		EXPECT_ERR(ENOENT, iommu_allow_iovas(self->fd, unknown[i], NULL,
						     0));
		EXPECT_ERR(ENOENT, iommu_copy_at(self->fd, unknown[i], IOVA,
						 self->ioas_id, 2 * IOVA,
						 self->page, IOMMU_MAP_RW));
		EXPECT_ERR(ENOENT, iommu_copy_at(self->fd, self->ioas_id, IOVA,
						 unknown[i], 2 * IOVA,
						 self->page, IOMMU_MAP_RW));
		EXPECT_ERR(ENOENT, iommu_option_set(self->fd,
						    IOMMU_OPTION_HUGE_PAGES,
						    unknown[i], 1));
	}
}

TEST_F(context, destroyed_id_is_ENOENT)
{
	ASSERT_OK(iommu_destroy(self->fd, self->ioas_id));
	EXPECT_ERR(ENOENT, iommu_destroy(self->fd, self->ioas_id));
	EXPECT_ERR(ENOENT, iommu_unmap_all(self->fd, self->ioas_id));
}

TEST_F(context, destroyed_id_is_not_handed_out_again_at_once)
{
	__u32 last = self->ioas_id, id;
	int i;

	for (i = 0; i < 1000; i++) {
		ASSERT_OK(iommu_destroy(self->fd, last));
		ASSERT_OK(iommu_ioas_alloc(self->fd, &id));
		/* Ids only go up for a long while, so none came twice */
		ASSERT_LT(last, id);
		last = id;
	}
}

TEST_F(context, destroy_takes_mappings_along)
{
	ASSERT_OK(iommu_map_at(self->fd, self->ioas_id, NULL, self->page, IOVA,
			       IOMMU_MAP_RW));
	EXPECT_OK(iommu_destroy(self->fd, self->ioas_id));
}

TEST_F(context, ids_mean_nothing_to_another_context)
{
	int other = iommu_open();

	ASSERT_LE(0, other);
	EXPECT_ERR(ENOENT, iommu_destroy(other, self->ioas_id));
	EXPECT_ERR(ENOENT, iommu_unmap_all(other, self->ioas_id));
	close(other);
	EXPECT_OK(iommu_destroy(self->fd, self->ioas_id));
}

TEST_F(context, a_thousand_address_spaces_live_side_by_side)
{
	__u32 first = 0, id = 0;
	int i;

	for (i = 0; i < 1000; i++) {
		ASSERT_OK(iommu_ioas_alloc(self->fd, &id));
		if (!first)
			first = id;
	}
	/* The closing of the file has to cope with those that are left */
	EXPECT_OK(iommu_destroy(self->fd, first));
	EXPECT_OK(iommu_destroy(self->fd, id));
}

TEST_HARNESS_MAIN
