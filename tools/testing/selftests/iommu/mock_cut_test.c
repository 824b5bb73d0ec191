// SPDX-License-Identifier: GPL-2.0-only
/*
 * Type 1 containers may unmap any part of what was mapped: mappings are cut, and
 * neither page tables nor pins know of it.
 */
#include "mock_fixture.h"

#include "container_fixture.h"
#include "lib/access.h"
#include "lib/fault.h"
#include "lib/fdinfo.h"

/* In two page tables, if they are to be apart */
static int prepare(struct _test_data_mock *self, struct mock_device devs[2])
{
	mem_fill(self->memory, self->length, 1);
	return become_container(self, VFIO_TYPE1_IOMMU) ?:
	       mock_set_exclusive(true) ?:
	       mock_attach(self->fd, self->ioas, &devs[0]) ?:
	       mock_attach(self->fd, self->ioas, &devs[1]) ?: map_all(self);
}

/* Which pages both tables show, a bit for each; all ones when they differ */
static unsigned int shown(struct _test_data_mock *self,
			  struct mock_device devs[2])
{
	unsigned int mask = 0;
	int i;

	for (i = 0; i < NPAGES; i++) {
		bool first = shows(self, devs[0].hwpt, i);

		if (first != shows(self, devs[1].hwpt, i))
			return ~0U;
		mask |= first << i;
	}
	return mask;
}

TEST_F(mock, part_that_is_unmapped_is_cut_out)
{
	struct mock_device devs[2];
	__u64 unmapped;

	ASSERT_OK(prepare(self, devs));
	EXPECT_OK(unmap_pages(self, 4, 4, &unmapped));
	EXPECT_EQ(4 * self->page, unmapped);
	EXPECT_EQ(0xff0f, shown(self, devs));
	EXPECT_EQ(2, fdinfo_value(self->fd, "areas"));
	EXPECT_EQ(12 * (long long)self->page,
		  fdinfo_value(self->fd, "mapped"));
	EXPECT_OK(unmap_pages(self, 0, 1, &unmapped));
	EXPECT_OK(unmap_pages(self, 15, 1, &unmapped));
	EXPECT_EQ(0x7f0e, shown(self, devs));
	EXPECT_EQ(2, fdinfo_value(self->fd, "areas"));
}

TEST_F(mock, memory_is_pinned_until_the_last_part_is_gone)
{
	struct mock_device devs[2];
	int i;

	ASSERT_OK(prepare(self, devs));
	for (i = 0; i < NPAGES; i++) {
		EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length,
					  1));
		ASSERT_OK(unmap_pages(self, i, 1, NULL));
	}
	EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length, 0));
	EXPECT_EQ(0, fdinfo_value(self->fd, "areas"));
	EXPECT_EQ(0, fdinfo_value(self->fd, "mapped"));
	EXPECT_EQ(0, fdinfo_value(self->fd, "pinned"));
}

TEST_F(mock, parts_follow_devices_that_come_and_go)
{
	struct mock_device devs[2];

	ASSERT_OK(prepare(self, devs));
	ASSERT_OK(unmap_pages(self, 2, 1, NULL));
	ASSERT_OK(iommu_destroy(self->fd, devs[0].stdev));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &devs[0]));
	EXPECT_EQ(0xfffb, shown(self, devs));
	ASSERT_OK(unmap_pages(self, 6, 1, NULL));
	EXPECT_EQ(0xffbb, shown(self, devs));
	ASSERT_OK(iommu_destroy(self->fd, devs[0].stdev));
	ASSERT_OK(iommu_destroy(self->fd, devs[1].stdev));
	EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length, 0));
}

TEST_F(mock, gap_can_be_mapped_again)
{
	struct mock_device devs[2];

	ASSERT_OK(prepare(self, devs));
	ASSERT_OK(unmap_pages(self, 4, 4, NULL));
	EXPECT_ERR(EEXIST, map_all(self));
	EXPECT_ERR(EEXIST, container_map(self->fd, self->memory,
					 5 * self->page,
					 IOVA + 4 * self->page, RW));
	EXPECT_OK(container_map(self->fd, self->memory + 4 * self->page,
				4 * self->page, IOVA + 4 * self->page, RW));
	EXPECT_EQ(0xffff, shown(self, devs));
	EXPECT_EQ(3, fdinfo_value(self->fd, "areas"));
}

TEST_F(mock, parts_are_mappings_of_their_own_to_native_commands)
{
	struct mock_device devs[2];

	ASSERT_OK(prepare(self, devs));
	ASSERT_OK(unmap_pages(self, 4, 4, NULL));
	EXPECT_ERR(ENOENT, iommu_unmap(self->fd, self->ioas, IOVA,
				       2 * self->page));
	EXPECT_OK(iommu_copy_at(self->fd, self->ioas, OTHER, self->ioas,
				IOVA + 8 * self->page, 8 * self->page,
				IOMMU_MAP_RW));
	EXPECT_OK(iommu_unmap(self->fd, self->ioas, IOVA, 4 * self->page));
	EXPECT_EQ(0xff00, shown(self, devs));
	EXPECT_OK(mock_check_map(self->fd, devs[0].hwpt, OTHER,
				 self->memory + 8 * self->page,
				 8 * self->page));
}

TEST_F(mock, user_in_the_kernel_lets_go_of_both_parts)
{
	struct mock_device devs[2];
	int user;
	__u32 id;

	ASSERT_OK(prepare(self, devs));
	user = access_open(self->fd, self->ioas,
			   MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES);
	ASSERT_LE(0, user);
	ASSERT_OK(access_pin(self->fd, user, IOVA, self->length, self->memory,
			     0, &id));
	ASSERT_OK(unmap_pages(self, 8, 8, NULL));
	EXPECT_ERR(ENOENT, access_unpin(self->fd, user, id));
	EXPECT_EQ(0x00ff, shown(self, devs));
	/* And can have what is left */
	EXPECT_OK(access_pin(self->fd, user, IOVA, 8 * self->page,
			     self->memory, 0, &id));
	EXPECT_ERR(ENOENT, access_pin(self->fd, user, IOVA, self->length,
				      self->memory, 0, &id));
	close(user);
}

TEST_F(mock, failed_cut_leaves_the_mapping)
{
	struct fault_sweep sweep = {};
	struct mock_device devs[2];
	__u64 unmapped;
	int rc;

	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(prepare(self, devs));
	while (fault_next(&sweep)) {
		rc = unmap_pages(self, 4, 4, &unmapped);
		sweep.fired = fault_disarm();
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		ASSERT_EQ(rc ? 0xffff : 0xff0f, shown(self, devs));
		ASSERT_OK(container_unmap(self->fd, 0, 0,
					  VFIO_DMA_UNMAP_FLAG_ALL, NULL));
		ASSERT_OK(mock_check_refs(self->fd, self->memory, self->length,
					  0));
		ASSERT_OK(map_all(self));
	}
	EXPECT_TRUE(fault_swept(&sweep));
}

TEST_F(mock, mapping_of_large_pages_is_not_cut)
{
	struct mock_device devs[2];
	__u64 unmapped = 0;

	ASSERT_OK(prepare(self, devs));
	ASSERT_OK(container_set_iommu(self->fd, VFIO_TYPE1v2_IOMMU));
	EXPECT_ERR(EINVAL, unmap_pages(self, 4, 4, &unmapped));
	EXPECT_EQ(0xffff, shown(self, devs));
	EXPECT_OK(unmap_pages(self, 0, NPAGES, &unmapped));
	EXPECT_EQ(self->length, unmapped);
}

TEST_HARNESS_MAIN
