// SPDX-License-Identifier: GPL-2.0-only
/*
 * The arguments of attach and detach on a device's own node, the ids that they
 * deal in, and what a failed call leaves behind: nothing.
 */
#include <assert.h>

#include "hw_cdev_fixture.h"

#define IOVA 0x100000ULL
#define PASID_FLAG 1

/* As the longest known version has them */
struct attach_args {
	__u32 argsz;
	__u32 flags;
	__u32 pt_id;
	__u32 pasid;
};

struct detach_args {
	__u32 argsz;
	__u32 flags;
	__u32 pasid;
};

static_assert(offsetof(struct vfio_device_attach_iommufd_pt, pt_id) == 8,
	      "layout");
static_assert(VFIO_DEVICE_ATTACH_IOMMUFD_PT == 0x3b77, "number");
static_assert(VFIO_DEVICE_DETACH_IOMMUFD_PT == 0x3b78, "number");

static int attach_args(struct _test_data_cdev *self, struct attach_args args)
{
	return iommu_ioctl(self->dev.fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &args);
}

static int detach_args(struct _test_data_cdev *self, struct detach_args args)
{
	return iommu_ioctl(self->dev.fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &args);
}

TEST_F(cdev, attach_below_its_first_version_is_EINVAL)
{
	ASSERT_OK(bind(self));
	EXPECT_ERR(EINVAL, attach_args(self, (struct attach_args){
		.argsz = 11, .pt_id = self->ioas_id }));
	EXPECT_OK(attach_args(self, (struct attach_args){
		.argsz = 12, .pt_id = self->ioas_id }));
}

TEST_F(cdev, attach_with_an_unknown_flag_is_EINVAL)
{
	int bit;

	ASSERT_OK(bind(self));
	for (bit = 1; bit < 32; bit++) {
		EXPECT_ERR(EINVAL, attach_args(self, (struct attach_args){
			.argsz = 16, .flags = 1u << bit,
			.pt_id = self->ioas_id }));
	}
}

TEST_F(cdev, attach_of_a_pasid_is_not_there)
{
	ASSERT_OK(bind(self));
	EXPECT_ERR(EOPNOTSUPP, attach_args(self, (struct attach_args){
		.argsz = 16, .flags = PASID_FLAG, .pt_id = self->ioas_id,
		.pasid = 1 }));
	EXPECT_ERR(EINVAL, attach_args(self, (struct attach_args){
		.argsz = 12, .flags = PASID_FLAG, .pt_id = self->ioas_id }));
}

TEST_F(cdev, attach_to_an_unknown_id_is_ENOENT)
{
	ASSERT_OK(bind(self));
	EXPECT_ERR(ENOENT, vfio_attach(&self->dev, 0));
	EXPECT_ERR(ENOENT, vfio_attach(&self->dev, 0x7fffffff));
	EXPECT_ERR(ENOENT, vfio_attach(&self->dev, 0xffffffff));
}

TEST_F(cdev, attach_to_a_destroyed_space_is_ENOENT)
{
	ASSERT_OK(bind(self));
	ASSERT_OK(iommu_destroy(self->iommufd, self->ioas_id));
	EXPECT_ERR(ENOENT, attach(self));
}

TEST_F(cdev, attach_to_something_else_is_EINVAL)
{
	ASSERT_OK(bind(self));
	EXPECT_ERR(EINVAL, vfio_attach(&self->dev, self->dev.dev_id));
}

TEST_F(cdev, attach_that_cannot_be_read_is_EFAULT)
{
	ASSERT_OK(bind(self));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->dev.fd,
				       VFIO_DEVICE_ATTACH_IOMMUFD_PT, NULL));
}

TEST_F(cdev, attach_tells_the_page_table_it_made)
{
	__u32 pt_id = self->ioas_id;

	ASSERT_OK(bind(self));
	ASSERT_OK(vfio_attach_pt(&self->dev, &pt_id));
	EXPECT_NE(self->ioas_id, pt_id);
	EXPECT_NE(self->dev.dev_id, pt_id);
	EXPECT_ERR(EBUSY, iommu_destroy(self->iommufd, pt_id));
	/* It came by itself and goes by itself */
	ASSERT_OK(vfio_detach(&self->dev));
	EXPECT_ERR(ENOENT, iommu_destroy(self->iommufd, pt_id));
	EXPECT_OK(iommu_destroy(self->iommufd, self->ioas_id));
}

TEST_F(cdev, attach_whose_answer_cannot_be_written_is_undone)
{
	struct attach_args args = { .argsz = 12, .pt_id = self->ioas_id };

	ASSERT_OK(bind(self));
	EXPECT_ERR(EFAULT,
		   ioctl_read_only(self, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &args,
				   12));
	/* Nothing depends on the space */
	EXPECT_OK(iommu_destroy(self->iommufd, self->ioas_id));
}

TEST_F(cdev, replace_whose_answer_cannot_be_written_leaves_the_old_space)
{
	struct attach_args args = { .argsz = 12 };
	__u32 other;

	ASSERT_OK(iommu_ioas_alloc(self->iommufd, &other));
	args.pt_id = other;
	ASSERT_OK(bind(self));
	ASSERT_OK(attach(self));
	EXPECT_ERR(EFAULT,
		   ioctl_read_only(self, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &args,
				   12));
	EXPECT_ERR(EBUSY, iommu_destroy(self->iommufd, self->ioas_id));
	EXPECT_OK(iommu_destroy(self->iommufd, other));
}

TEST_F(cdev, second_attach_replaces)
{
	__u32 other;

	ASSERT_OK(iommu_ioas_alloc(self->iommufd, &other));
	ASSERT_OK(bind(self));
	ASSERT_OK(attach(self));
	ASSERT_OK(vfio_attach(&self->dev, other));
	EXPECT_OK(iommu_destroy(self->iommufd, self->ioas_id));
	EXPECT_ERR(EBUSY, iommu_destroy(self->iommufd, other));
}

TEST_F(cdev, attach_to_the_page_table_it_has_changes_nothing)
{
	__u32 pt_id = self->ioas_id, same;

	ASSERT_OK(bind(self));
	ASSERT_OK(vfio_attach_pt(&self->dev, &pt_id));
	same = pt_id;
	EXPECT_OK(vfio_attach_pt(&self->dev, &same));
	EXPECT_EQ(pt_id, same);
	ASSERT_OK(vfio_detach(&self->dev));
	EXPECT_OK(iommu_destroy(self->iommufd, self->ioas_id));
}

TEST_F(cdev, failed_replace_leaves_the_old_space)
{
	ASSERT_OK(bind(self));
	ASSERT_OK(attach(self));
	EXPECT_ERR(ENOENT, vfio_attach(&self->dev, 0x7fffffff));
	EXPECT_ERR(EINVAL, vfio_attach(&self->dev, self->dev.dev_id));
	EXPECT_ERR(EBUSY, iommu_destroy(self->iommufd, self->ioas_id));
}

TEST_F(cdev, detach_of_what_is_not_attached_succeeds)
{
	ASSERT_OK(bind(self));
	EXPECT_OK(vfio_detach(&self->dev));
	ASSERT_OK(attach(self));
	EXPECT_OK(vfio_detach(&self->dev));
	EXPECT_OK(vfio_detach(&self->dev));
}

TEST_F(cdev, detach_checks_its_arguments)
{
	ASSERT_OK(bind(self));
	ASSERT_OK(attach(self));
	EXPECT_ERR(EINVAL, detach_args(self, (struct detach_args){
		.argsz = 7 }));
	EXPECT_ERR(EINVAL, detach_args(self, (struct detach_args){
		.argsz = 12, .flags = 2 }));
	EXPECT_ERR(EINVAL, detach_args(self, (struct detach_args){
		.argsz = 8, .flags = PASID_FLAG }));
	EXPECT_ERR(EOPNOTSUPP, detach_args(self, (struct detach_args){
		.argsz = 12, .flags = PASID_FLAG, .pasid = 1 }));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->dev.fd,
				       VFIO_DEVICE_DETACH_IOMMUFD_PT, NULL));
	/* It is still attached */
	EXPECT_ERR(EBUSY, iommu_destroy(self->iommufd, self->ioas_id));
	EXPECT_OK(detach_args(self, (struct detach_args){ .argsz = 8 }));
	EXPECT_OK(iommu_destroy(self->iommufd, self->ioas_id));
}

TEST_F(cdev, bound_device_cannot_be_destroyed)
{
	ASSERT_OK(bind(self));
	EXPECT_LT(0, (__s32)self->dev.dev_id);
	EXPECT_ERR(EBUSY, iommu_destroy(self->iommufd, self->dev.dev_id));
	ASSERT_OK(attach(self));
	EXPECT_ERR(EBUSY, iommu_destroy(self->iommufd, self->dev.dev_id));
}

TEST_F(cdev, id_of_a_device_is_not_an_address_space)
{
	__u64 alignment;
	__u32 num = 0;

	ASSERT_OK(bind(self));
	EXPECT_ERR(ENOENT, iommu_map_at(self->iommufd, self->dev.dev_id,
					self->memory, self->page, IOVA,
					IOMMU_MAP_RW));
	EXPECT_ERR(ENOENT, iommu_unmap_all(self->iommufd, self->dev.dev_id));
	EXPECT_ERR(ENOENT, iommu_iova_ranges(self->iommufd, self->dev.dev_id,
					     NULL, &num, &alignment));
}

TEST_F(cdev, attached_space_cannot_be_destroyed)
{
	ASSERT_OK(bind(self));
	ASSERT_OK(attach(self));
	EXPECT_ERR(EBUSY, iommu_destroy(self->iommufd, self->ioas_id));
	/* The attempt has no effect on what can be mapped */
	EXPECT_OK(iommu_map_at(self->iommufd, self->ioas_id, self->memory,
			       self->page, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(vfio_detach(&self->dev));
	EXPECT_OK(iommu_destroy(self->iommufd, self->ioas_id));
}

TEST_HARNESS_MAIN
