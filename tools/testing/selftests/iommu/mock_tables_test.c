// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several page tables that show one address space, since the mock takes each
 * device for another piece of hardware.
 */
#include "mock_fixture.h"

#define NDEVS 3

static int attach_devices(struct _test_data_mock *self,
			  struct mock_device *devs)
{
	unsigned int i;
	int rc = mock_set_exclusive(true);

	for (i = 0; i < NDEVS && !rc; i++)
		rc = mock_attach(self->fd, self->ioas, &devs[i]);
	return rc;
}

TEST_F(mock, each_device_has_a_table_of_its_own)
{
	struct mock_device devs[NDEVS];

	ASSERT_OK(attach_devices(self, devs));
	EXPECT_NE(devs[0].hwpt, devs[1].hwpt);
	EXPECT_NE(devs[0].hwpt, devs[2].hwpt);
	EXPECT_NE(devs[1].hwpt, devs[2].hwpt);
}

TEST_F(mock, mapping_is_in_all_tables)
{
	struct mock_device devs[NDEVS];
	unsigned int i;

	ASSERT_OK(attach_devices(self, devs));
	ASSERT_OK(map_memory(self, IOVA));
	for (i = 0; i < NDEVS; i++)
		EXPECT_OK(check_memory(self, devs[i].hwpt, IOVA));
}

TEST_F(mock, new_table_has_what_the_others_have)
{
	struct mock_device devs[NDEVS];
	unsigned int i;

	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(attach_devices(self, devs));
	for (i = 0; i < NDEVS; i++)
		EXPECT_OK(check_memory(self, devs[i].hwpt, IOVA));
}

TEST_F(mock, unmapped_range_is_in_no_table)
{
	struct mock_device devs[NDEVS];
	unsigned int i;

	ASSERT_OK(attach_devices(self, devs));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(iommu_unmap(self->fd, self->ioas, IOVA, self->length));
	for (i = 0; i < NDEVS; i++)
		EXPECT_ERR(EINVAL, mock_check_map(self->fd, devs[i].hwpt, IOVA,
						  self->memory, self->page));
}

TEST_F(mock, memory_is_pinned_once_for_all_tables)
{
	struct mock_device devs[NDEVS];

	ASSERT_OK(attach_devices(self, devs));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length, 1));
}

TEST_F(mock, memory_is_pinned_until_the_last_table_goes)
{
	struct mock_device devs[NDEVS];
	unsigned int i;

	ASSERT_OK(attach_devices(self, devs));
	ASSERT_OK(map_memory(self, IOVA));
	for (i = 0; i < NDEVS; i++) {
		EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length,
					  1));
		ASSERT_OK(iommu_destroy(self->fd, devs[i].stdev));
	}
	EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length, 0));
}

TEST_F(mock, table_goes_and_leaves_the_others_alone)
{
	struct mock_device devs[NDEVS];

	ASSERT_OK(attach_devices(self, devs));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(iommu_destroy(self->fd, devs[1].stdev));
	EXPECT_OK(check_memory(self, devs[0].hwpt, IOVA));
	EXPECT_ERR(ENOENT, mock_check_map(self->fd, devs[1].hwpt, IOVA,
					  self->memory, self->page));
	EXPECT_OK(check_memory(self, devs[2].hwpt, IOVA));
}

TEST_F(mock, table_of_other_hardware_is_refused)
{
	struct mock_device devs[NDEVS], dev;

	ASSERT_OK(attach_devices(self, devs));
	EXPECT_ERR(EINVAL, mock_attach(self->fd, devs[0].hwpt, &dev));
	EXPECT_ERR(EINVAL, mock_replace(self->fd, devs[1].stdev, devs[0].hwpt,
					NULL));
}

TEST_HARNESS_MAIN
