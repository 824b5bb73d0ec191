// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything that an attach, a map and a replace need fails, one after the
 * other: ENOMEM, and all is as it was.
 */
#include "mock_fixture.h"

#include "lib/fault.h"

/* How many there are before a test makes some */
static int devices;

static int prepare(struct _test_data_mock *self)
{
	mem_fill(self->memory, self->length, 1);
	devices = mock_count_devices();
	return fault_prepare();
}

static int map_all(struct _test_data_mock *self, __u32 ioas)
{
	return iommu_map_at(self->fd, ioas, self->memory, self->length, IOVA,
			    IOMMU_MAP_RW);
}

/* Nothing of the memory is pinned, and no device was left */
static int check_nothing_left(struct _test_data_mock *self)
{
	int rc = mock_check_refs(self->fd, self->memory, self->length, 0);

	if (!rc && mock_count_devices() != devices)
		rc = -EEXIST;
	return rc;
}

TEST_F(mock, attach_to_an_empty_space)
{
	struct fault_sweep sweep = {};
	struct mock_device dev;
	int rc;

	if (prepare(self))
		SKIP(return, "no fault injection in this kernel");
	while (fault_next(&sweep)) {
		rc = mock_attach(self->fd, self->ioas, &dev);
		sweep.fired = fault_disarm();
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		if (!rc)
			ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
		ASSERT_OK(check_nothing_left(self));
	}
	EXPECT_TRUE(fault_swept(&sweep));
}

TEST_F(mock, attach_to_a_space_with_mappings)
{
	struct fault_sweep sweep = {};
	struct mock_device dev;
	int rc;

	if (prepare(self))
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(map_all(self, self->ioas));
	while (fault_next(&sweep)) {
		rc = mock_attach(self->fd, self->ioas, &dev);
		sweep.fired = fault_disarm();
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		if (!rc) {
			ASSERT_OK(mock_check_map(self->fd, dev.hwpt, IOVA,
						 self->memory, self->length));
			ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
		}
		ASSERT_OK(check_nothing_left(self));
	}
	EXPECT_TRUE(fault_swept(&sweep));
}

TEST_F(mock, map_into_several_tables)
{
	struct fault_sweep sweep = {};
	struct mock_device devs[3];
	unsigned int i;
	int rc;

	if (prepare(self))
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(mock_set_exclusive(true));
	for (i = 0; i < 3; i++)
		ASSERT_OK(mock_attach(self->fd, self->ioas, &devs[i]));
	while (fault_next(&sweep)) {
		rc = map_all(self, self->ioas);
		sweep.fired = fault_disarm();
		for (i = 0; i < 3; i++)
			ASSERT_EQ(rc ? -EINVAL : 0,
				  mock_check_map(self->fd, devs[i].hwpt, IOVA,
						 self->memory, self->length));
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		if (!rc)
			ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
		ASSERT_OK(mock_check_refs(self->fd, self->memory, self->length,
					  0));
	}
	EXPECT_TRUE(fault_swept(&sweep));
}

TEST_F(mock, replace_by_a_space_with_mappings)
{
	struct fault_sweep sweep = {};
	struct mock_device dev;
	__u32 other, hwpt;
	int rc;

	if (prepare(self))
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(map_all(self, other));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	while (fault_next(&sweep)) {
		rc = mock_replace(self->fd, dev.stdev, other, &hwpt);
		sweep.fired = fault_disarm();
		/* It uses one of the spaces, and not the other */
		ASSERT_ERR(EBUSY, iommu_destroy(self->fd,
						rc ? self->ioas : other));
		ASSERT_OK(mock_check_refs(self->fd, self->memory, self->length,
					  !rc));
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		if (rc)
			continue;
		ASSERT_OK(mock_check_map(self->fd, hwpt, IOVA, self->memory,
					 self->length));
		ASSERT_OK(mock_replace(self->fd, dev.stdev, self->ioas, NULL));
	}
	EXPECT_TRUE(fault_swept(&sweep));
}

TEST_F(mock, page_table_by_its_name)
{
	struct fault_sweep sweep = {};
	struct mock_device first, dev;
	__u32 hwpt;
	int rc;

	if (prepare(self))
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(mock_attach(self->fd, self->ioas, &first));
	ASSERT_OK(map_all(self, self->ioas));
	while (fault_next(&sweep)) {
		hwpt = 0;
		rc = iommu_hwpt_alloc(self->fd, first.idev, self->ioas, &hwpt);
		if (!rc)
			rc = mock_attach(self->fd, hwpt, &dev);
		sweep.fired = fault_disarm();
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		if (!rc)
			ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
		if (hwpt)
			ASSERT_OK(iommu_destroy(self->fd, hwpt));
	}
	EXPECT_TRUE(fault_swept(&sweep));
	ASSERT_OK(iommu_destroy(self->fd, first.stdev));
	EXPECT_OK(check_nothing_left(self));
}

TEST_F(mock, reserving_a_range)
{
	struct fault_sweep sweep = {};
	int rc;

	if (prepare(self))
		SKIP(return, "no fault injection in this kernel");
	while (fault_next(&sweep)) {
		rc = mock_reserve(self->fd, self->ioas, IOVA, self->length);
		sweep.fired = fault_disarm();
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		if (!rc)
			continue;
		ASSERT_OK(map_all(self, self->ioas));
		ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	}
	EXPECT_TRUE(fault_swept(&sweep));
}

TEST_F(mock, mock_fails_as_often_as_debugfs_says)
{
	struct mock_device dev;

	if (prepare(self))
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(fault_arm_mock(2));
	EXPECT_ERR(ENOMEM, mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(ENOMEM, mock_attach(self->fd, self->ioas, &dev));
	EXPECT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_OK(fault_arm_mock(0));
}

TEST_HARNESS_MAIN
