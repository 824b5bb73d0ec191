// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mock devices: made, moved and taken apart, in whatever order.
 */
#include <sys/mman.h>

#include "mock_fixture.h"

TEST_F(mock, device_exists_until_it_is_destroyed)
{
	struct mock_device dev;
	int before = mock_count_devices();

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_EQ(before + 1, mock_count_devices());
	ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
	EXPECT_EQ(before, mock_count_devices());
}

TEST_F(mock, destroyed_device_takes_its_hwpt_along)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
	EXPECT_ERR(ENOENT, iommu_destroy(self->fd, dev.stdev));
	EXPECT_ERR(ENOENT, iommu_destroy(self->fd, dev.idev));
	EXPECT_ERR(ENOENT, iommu_destroy(self->fd, dev.hwpt));
	EXPECT_OK(iommu_destroy(self->fd, self->ioas));
}

TEST_F(mock, hwpt_stays_until_its_last_device_is_destroyed)
{
	struct mock_device first, second;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &first));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &second));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(iommu_destroy(self->fd, first.stdev));
	EXPECT_OK(check_memory(self, second.hwpt, IOVA));
	ASSERT_OK(iommu_destroy(self->fd, second.stdev));
	EXPECT_ERR(ENOENT, mock_check_map(self->fd, second.hwpt, IOVA,
					  self->memory, self->page));
}

TEST_F(mock, what_a_device_uses_cannot_be_destroyed)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(EBUSY, iommu_destroy(self->fd, self->ioas));
	EXPECT_ERR(EBUSY, iommu_destroy(self->fd, dev.hwpt));
	EXPECT_ERR(EBUSY, iommu_destroy(self->fd, dev.idev));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_OK(check_memory(self, dev.hwpt, IOVA));
}

TEST_F(mock, device_can_attach_to_a_hwpt)
{
	struct mock_device first, second;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &first));
	ASSERT_OK(mock_attach(self->fd, first.hwpt, &second));
	EXPECT_EQ(first.hwpt, second.hwpt);
}

TEST_F(mock, device_that_cannot_attach_is_not_made)
{
	struct mock_device dev, other;
	int before;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &other));
	before = mock_count_devices();
	EXPECT_ERR(ENOENT, mock_attach(self->fd, 0, &dev));
	EXPECT_ERR(ENOENT, mock_attach(self->fd, 0x7fffffff, &dev));
	EXPECT_ERR(EINVAL, mock_attach(self->fd, other.idev, &dev));
	EXPECT_ERR(EINVAL, mock_attach(self->fd, other.stdev, &dev));
	EXPECT_EQ(before, mock_count_devices());
}

TEST_F(mock, answer_that_cannot_be_written_leaves_no_device)
{
	int before = mock_count_devices();
	struct iommu_test_cmd *cmd = mem_alloc(self->page);

	ASSERT_NE(NULL, cmd);
	*cmd = (struct iommu_test_cmd){
		.size = sizeof(*cmd),
		.op = IOMMU_TEST_OP_MOCK_DOMAIN,
		.id = self->ioas,
	};
	ASSERT_EQ(0, mprotect(cmd, self->page, PROT_READ));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->fd, IOMMU_TEST_CMD, cmd));
	EXPECT_EQ(before, mock_count_devices());
	EXPECT_OK(iommu_destroy(self->fd, self->ioas));
	mem_free(cmd, self->page);
}

TEST_F(mock, flags_of_devices_are_known)
{
	struct mock_device dev;

	EXPECT_OK(mock_attach_flags(self->fd, self->ioas, 0, &dev));
	EXPECT_OK(mock_attach_flags(self->fd, self->ioas,
				    MOCK_FLAGS_DEVICE_NO_DIRTY, &dev));
	EXPECT_OK(mock_attach_flags(self->fd, self->ioas,
				    MOCK_FLAGS_DEVICE_PASID, &dev));
	EXPECT_ERR(EOPNOTSUPP, mock_attach_flags(self->fd, self->ioas, 1U << 31,
						 &dev));
}

TEST_F(mock, replaced_device_reaches_the_other_space_only)
{
	struct mock_device dev;
	__u32 other, hwpt;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(iommu_map_at(self->fd, other, self->memory + self->page,
			       self->page, OTHER, IOMMU_MAP_RW));
	ASSERT_OK(mock_replace(self->fd, dev.stdev, other, &hwpt));
	EXPECT_NE(dev.hwpt, hwpt);
	EXPECT_OK(mock_check_ends(self->fd, hwpt, OTHER,
				  self->memory + self->page, self->page));
	EXPECT_ERR(EINVAL, mock_check_map(self->fd, hwpt, IOVA, self->memory,
					  self->page));
	EXPECT_ERR(ENOENT, mock_check_map(self->fd, dev.hwpt, IOVA,
					  self->memory, self->page));
	EXPECT_OK(iommu_destroy(self->fd, self->ioas));
}

TEST_F(mock, replace_by_the_same_space_changes_nothing)
{
	struct mock_device dev;
	__u32 hwpt;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(mock_replace(self->fd, dev.stdev, self->ioas, &hwpt));
	EXPECT_EQ(dev.hwpt, hwpt);
	EXPECT_OK(check_memory(self, hwpt, IOVA));
}

TEST_F(mock, replace_by_the_hwpt_of_another_device)
{
	struct mock_device first, second;
	__u32 other, hwpt;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &first));
	ASSERT_OK(mock_attach(self->fd, other, &second));
	ASSERT_OK(mock_replace(self->fd, second.stdev, first.hwpt, &hwpt));
	EXPECT_EQ(first.hwpt, hwpt);
	EXPECT_OK(iommu_destroy(self->fd, other));
}

TEST_F(mock, failed_replace_leaves_the_device_where_it_is)
{
	struct mock_device dev;
	__u32 other;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	/* What the mock cannot translate */
	ASSERT_OK(iommu_map_at(self->fd, other, self->memory, self->page, 0,
			       IOMMU_MAP_RW));
	EXPECT_ERR(EADDRINUSE, mock_replace(self->fd, dev.stdev, other, NULL));
	EXPECT_ERR(ENOENT, mock_replace(self->fd, dev.stdev, 0, NULL));
	EXPECT_ERR(EINVAL, mock_replace(self->fd, dev.stdev, dev.idev, NULL));
	EXPECT_ERR(EINVAL, mock_replace(self->fd, dev.stdev, dev.stdev, NULL));
	EXPECT_OK(check_memory(self, dev.hwpt, IOVA));
	EXPECT_OK(iommu_destroy(self->fd, other));
}

TEST_F(mock, replace_of_what_is_no_mock_device_fails)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(ENOENT, mock_replace(self->fd, 0, self->ioas, NULL));
	EXPECT_ERR(ENOENT, mock_replace(self->fd, dev.idev, self->ioas, NULL));
	EXPECT_ERR(ENOENT, mock_replace(self->fd, dev.hwpt, self->ioas, NULL));
	EXPECT_ERR(ENOENT, mock_replace(self->fd, self->ioas, self->ioas,
					NULL));
}

TEST_F(mock, replace_with_an_answer_that_cannot_be_written)
{
	struct iommu_test_cmd *cmd = mem_alloc(self->page);
	struct mock_device dev;
	__u32 other;

	ASSERT_NE(NULL, cmd);
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	*cmd = (struct iommu_test_cmd){
		.size = sizeof(*cmd),
		.op = IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE,
		.id = dev.stdev,
		.mock_domain_replace = { .pt_id = other },
	};
	ASSERT_EQ(0, mprotect(cmd, self->page, PROT_READ));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->fd, IOMMU_TEST_CMD, cmd));
	/* Where the device is still holds what it uses */
	EXPECT_ERR(EBUSY, iommu_destroy(self->fd, self->ioas));
	EXPECT_OK(iommu_destroy(self->fd, other));
	mem_free(cmd, self->page);
}

/* All that a context can hold, and nothing of it taken apart */
static int build_all(struct _test_data_mock *self, int fd)
{
	struct mock_device dev;
	__u32 ioas, other;
	int rc;

	rc = iommu_ioas_alloc(fd, &ioas);
	if (!rc)
		rc = iommu_ioas_alloc(fd, &other);
	if (!rc)
		rc = mock_reserve(fd, ioas, OTHER, self->page);
	if (!rc)
		rc = iommu_map_at(fd, ioas, self->memory, self->length, IOVA,
				  IOMMU_MAP_RW);
	if (!rc)
		rc = mock_attach(fd, ioas, &dev);
	if (!rc)
		rc = mock_attach(fd, ioas, &dev);
	if (!rc)
		rc = mock_attach(fd, other, &dev);
	return rc;
}

TEST_F(mock, close_takes_everything_apart)
{
	int before = mock_count_devices();
	int fd = iommu_open();

	ASSERT_LE(0, fd);
	ASSERT_OK(build_all(self, fd));
	EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length, 1));
	EXPECT_EQ(before + 3, mock_count_devices());
	close(fd);
	EXPECT_OK(mock_check_refs(self->fd, self->memory, self->length, 0));
	EXPECT_EQ(before, mock_count_devices());
}

TEST_F(mock, contexts_do_not_find_each_others_devices)
{
	struct mock_device dev;
	int fd = iommu_open();
	__u32 ioas;

	ASSERT_LE(0, fd);
	ASSERT_OK(iommu_ioas_alloc(fd, &ioas));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(ENOENT, mock_replace(fd, dev.stdev, ioas, NULL));
	EXPECT_ERR(ENOENT, mock_check_map(fd, dev.hwpt, IOVA, self->memory,
					  self->page));
	close(fd);
}

TEST_HARNESS_MAIN
