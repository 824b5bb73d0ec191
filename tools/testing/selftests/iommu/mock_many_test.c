// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many small mappings in one address space, many claims of one group.
 */
#include "mock_fixture.h"

#define MANY 100000
#define FEWER 20000
#define CLAIMS 1000

/* Page @index of the memory, again and again, with a hole behind each */
static __u64 iova_of(struct _test_data_mock *self, unsigned int index)
{
	return IOVA + 2 * self->page * index;
}

static int map_many(struct _test_data_mock *self, unsigned int n)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < n && !rc; i++)
		rc = iommu_map_at(self->fd, self->ioas,
				  self->memory + i % NPAGES * self->page,
				  self->page, iova_of(self, i), IOMMU_MAP_RW);
	return rc;
}

static int check_many(struct _test_data_mock *self, __u32 hwpt,
		      unsigned int n)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < n && !rc; i += 997)
		rc = mock_check_map(self->fd, hwpt, iova_of(self, i),
				    self->memory + i % NPAGES * self->page,
				    self->page);
	return rc;
}

TEST_F_TIMEOUT(mock, many_mappings_reach_a_device, 300)
{
	struct mock_device dev;
	__u64 unmapped;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_many(self, MANY));
	EXPECT_OK(check_many(self, dev.hwpt, MANY));
	ASSERT_OK(iommu_unmap_count(self->fd, self->ioas, 0, IOMMU_UNMAP_ALL,
				    &unmapped));
	EXPECT_EQ(MANY * self->page, unmapped);
	EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length, 0));
}

TEST_F_TIMEOUT(mock, device_reaches_many_mappings, 300)
{
	struct mock_device dev;

	ASSERT_OK(map_many(self, FEWER));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_OK(check_many(self, dev.hwpt, FEWER));
	ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
	EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length, 0));
}

/* The scan for leaks afterwards is what this is for. */
TEST_F_TIMEOUT(mock, group_can_be_claimed_a_thousand_times, 300)
{
	int before = mock_count_devices();
	struct mock_device dev;
	unsigned int i;

	ASSERT_OK(map_memory(self, IOVA));
	for (i = 0; i < CLAIMS; i++) {
		ASSERT_OK(mock_attach_flags(self->fd, self->ioas,
					    MOCK_FLAGS_DEVICE_SHARED_GROUP,
					    &dev));
		ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
	}
	EXPECT_EQ(before, mock_count_devices());
	EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length, 0));
}

TEST_HARNESS_MAIN
