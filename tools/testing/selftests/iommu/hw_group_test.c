// SPDX-License-Identifier: GPL-2.0-only
/*
 * The older way to a device, by group and container, works as it did; and who
 * is on one of the two ways keeps everybody off the other.
 */
#include "hw_cdev_fixture.h"

#define IOVA 0x100000ULL

static int round_trip(struct _test_data_cdev *self, struct vfio_dev *dev)
{
	return edu_round_trip(dev, self->memory, self->page, IOVA);
}

TEST_F(cdev, device_copies_through_group_and_container)
{
	struct vfio_container cont;
	struct vfio_dev dev;

	ASSERT_OK(vfio_container_open(&cont, self->pci.group));
	ASSERT_OK(vfio_container_get_dev(&cont, self->pci.name, &dev));
	ASSERT_OK(vfio_container_map(&cont, self->memory, 2 * self->page,
				     IOVA));
	EXPECT_OK(round_trip(self, &dev));
	EXPECT_OK(vfio_container_unmap(&cont, IOVA, 2 * self->page));
	EXPECT_ERR(EILSEQ, round_trip(self, &dev));
	vfio_close(&dev);
	vfio_container_close(&cont);
}

TEST_F(cdev, open_group_keeps_the_node_from_being_bound)
{
	int group = vfio_group_open(self->pci.group);

	ASSERT_LE(0, group);
	EXPECT_ERR(EBUSY, bind(self));
	close(group);
	EXPECT_OK(bind(self));
}

TEST_F(cdev, bound_node_keeps_the_group_from_being_opened)
{
	int group;

	ASSERT_OK(bind(self));
	EXPECT_EQ(-EBUSY, vfio_group_open(self->pci.group));
	vfio_close(&self->dev);
	group = vfio_group_open(self->pci.group);
	EXPECT_LE(0, group);
	close(group);
}

TEST_F(cdev, inert_file_of_the_node_does_not_matter_to_the_group)
{
	struct vfio_container cont;

	ASSERT_OK(vfio_container_open(&cont, self->pci.group));
	vfio_container_close(&cont);
}

TEST_F(cdev, failed_bind_leaves_the_group_free)
{
	int group;

	EXPECT_ERR(EBADF, vfio_bind(&self->dev, 1000));
	group = vfio_group_open(self->pci.group);
	EXPECT_LE(0, group);
	close(group);
}

TEST_F(cdev, file_that_came_from_a_group_cannot_be_bound)
{
	struct vfio_container cont;
	struct vfio_dev dev;

	ASSERT_OK(vfio_container_open(&cont, self->pci.group));
	ASSERT_OK(vfio_container_get_dev(&cont, self->pci.name, &dev));
	EXPECT_ERR(EINVAL, vfio_bind(&dev, self->iommufd));
	vfio_close(&dev);
	vfio_container_close(&cont);
}

TEST_F(cdev, device_goes_from_one_way_to_the_other_and_back)
{
	struct vfio_container cont;
	struct vfio_dev dev;
	int round;

	for (round = 0; round < 2; round++) {
		ASSERT_OK(vfio_container_open(&cont, self->pci.group));
		ASSERT_OK(vfio_container_get_dev(&cont, self->pci.name, &dev));
		ASSERT_OK(vfio_container_map(&cont, self->memory,
					     2 * self->page, IOVA));
		EXPECT_OK(round_trip(self, &dev));
		vfio_close(&dev);
		vfio_container_close(&cont);

		ASSERT_OK(bind(self));
		ASSERT_OK(attach(self));
		ASSERT_OK(iommu_map_at(self->iommufd, self->ioas_id,
				       self->memory, 2 * self->page, IOVA,
				       IOMMU_MAP_RW));
		EXPECT_OK(round_trip(self, &self->dev));
		ASSERT_OK(iommu_unmap_all(self->iommufd, self->ioas_id));
		vfio_close(&self->dev);
		ASSERT_OK(vfio_open(&self->dev, self->pci.name));
	}
}

TEST_HARNESS_MAIN
