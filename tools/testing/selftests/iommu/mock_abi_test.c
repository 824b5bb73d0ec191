// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU_TEST_CMD as mainline's tests know it.
 */
#include <string.h>
#include <sys/mman.h>

#include "mock_fixture.h"
#include "lib/pagemap.h"
#include "lib/test_layout.h"

/* The smallest struct that is accepted */
#define MIN_SIZE 68

static int call_sized(struct _test_data_mock *self, __u32 size, char tail)
{
	struct {
		struct iommu_test_cmd cmd;
		char tail[sizeof(__u64)];
	} arg = {
		.cmd = {
			.size = size,
			.op = IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT,
			.memory_limit = { .limit = 65536 },
		},
	};

	memset(arg.tail, tail, sizeof(arg.tail));
	return iommu_ioctl(self->fd, IOMMU_TEST_CMD, &arg);
}

static int call_op(struct _test_data_mock *self, __u32 op)
{
	struct iommu_test_cmd cmd = { .op = op };

	return mock_ioctl(self->fd, &cmd);
}

TEST_F(mock, struct_can_be_of_any_known_size)
{
	EXPECT_ERR(EINVAL, call_sized(self, 0, 0));
	EXPECT_ERR(EINVAL, call_sized(self, MIN_SIZE - 1, 0));
	EXPECT_OK(call_sized(self, MIN_SIZE, 0));
	EXPECT_OK(call_sized(self, sizeof(struct iommu_test_cmd), 0));
}

TEST_F(mock, longer_struct_must_be_zero_at_the_end)
{
	EXPECT_OK(call_sized(self, sizeof(struct iommu_test_cmd) + 8, 0));
	EXPECT_ERR(E2BIG, call_sized(self, sizeof(struct iommu_test_cmd) + 8,
				     1));
}

TEST_F(mock, struct_that_cannot_be_read)
{
	EXPECT_ERR(EFAULT, iommu_ioctl(self->fd, IOMMU_TEST_CMD, NULL));
}

TEST_F(mock, unknown_operations_are_EOPNOTSUPP)
{
	EXPECT_ERR(EOPNOTSUPP, call_op(self, 0));
	EXPECT_ERR(EOPNOTSUPP, call_op(self,
				       IOMMU_TEST_OP_DMABUF_REVOKE + 1));
	EXPECT_ERR(EOPNOTSUPP, call_op(self, 0x80000000));
	EXPECT_ERR(EOPNOTSUPP, call_op(self, ~0U));
}

TEST_F(mock, reserved_member_must_be_zero)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MOCK_DOMAIN,
		.id = self->ioas,
		.__reserved = 1,
	};

	EXPECT_ERR(EOPNOTSUPP, mock_ioctl(self->fd, &cmd));
}

TEST_F(mock, memory_limit_has_a_minimum)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT,
		.memory_limit = { .limit = 11 },
	};

	EXPECT_ERR(EINVAL, mock_ioctl(self->fd, &cmd));
	cmd.memory_limit.limit = 12;
	EXPECT_OK(mock_ioctl(self->fd, &cmd));
}

TEST_F(mock, memory_maps_under_the_least_memory_limit)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT,
		.memory_limit = { .limit = 12 },
	};
	struct mock_device dev;

	ASSERT_OK(mock_ioctl(self->fd, &cmd));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_OK(check_memory(self, dev.hwpt, IOVA));
	cmd.memory_limit.limit = 65536;
	EXPECT_OK(mock_ioctl(self->fd, &cmd));
}

TEST_F(mock, flags_of_marking_must_be_zero)
{
	struct iommu_test_cmd cmd = { .op = IOMMU_TEST_OP_DIRTY };

	cmd.dirty.flags = 1;
	EXPECT_ERR(EOPNOTSUPP, mock_ioctl(self->fd, &cmd));
}

TEST_F(mock, misaligned_ranges_cannot_be_compared)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_ERR(EINVAL, mock_check_map(self->fd, dev.hwpt, IOVA + 1,
					  self->memory, self->page));
	EXPECT_ERR(EINVAL, mock_check_map(self->fd, dev.hwpt, IOVA,
					  self->memory + 1, self->page));
	EXPECT_ERR(EINVAL, mock_check_map(self->fd, dev.hwpt, IOVA,
					  self->memory, self->page - 1));
}

TEST_F(mock, range_beyond_the_last_address_cannot_be_compared)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(EOVERFLOW, mock_check_map(self->fd, dev.hwpt, IOVA,
					     self->memory, -self->page));
	EXPECT_ERR(EOVERFLOW, mock_check_map(self->fd, dev.hwpt, -self->page,
					     self->memory, 2 * self->page));
}

TEST_F(mock, memory_that_is_not_there_cannot_be_compared)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_EQ(0, mprotect(self->memory, self->page, PROT_NONE));
	EXPECT_ERR(EFAULT, mock_check_map(self->fd, dev.hwpt, IOVA,
					  self->memory, self->page));
}

TEST_F(mock, only_hwpts_can_be_compared)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(ENOENT, mock_check_map(self->fd, 0, IOVA, self->memory,
					  self->page));
	EXPECT_ERR(ENOENT, mock_check_map(self->fd, self->ioas, IOVA,
					  self->memory, self->page));
	EXPECT_ERR(ENOENT, mock_check_map(self->fd, dev.stdev, IOVA,
					  self->memory, self->page));
}

TEST_F(mock, device_leads_to_where_pages_are_and_nowhere_else)
{
	__u64 phys[2] = { 1, 1 };
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(pagemap_check_device(self->fd, dev.hwpt, IOVA, self->memory,
				       self->length));
	EXPECT_ERR(EINVAL, pagemap_check_device(self->fd, dev.hwpt, IOVA,
						self->memory + self->page,
						self->page));
	ASSERT_OK(mock_get_phys(self->fd, dev.hwpt, IOVA - MOCK_PAGE_SIZE,
				2 * MOCK_PAGE_SIZE, phys));
	EXPECT_EQ(0, phys[0]);
	EXPECT_NE(0, phys[1]);
}

TEST_F(mock, only_in_the_aperture_of_a_hwpt_can_be_looked)
{
	struct mock_device dev;
	__u64 phys;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(EINVAL, mock_get_phys(self->fd, dev.hwpt, IOVA + 1,
					 MOCK_PAGE_SIZE, &phys));
	EXPECT_ERR(EINVAL, mock_get_phys(self->fd, dev.hwpt, IOVA,
					 MOCK_PAGE_SIZE - 1, &phys));
	EXPECT_ERR(EINVAL, mock_get_phys(self->fd, dev.hwpt, IOVA, 0, &phys));
	EXPECT_ERR(EINVAL, mock_get_phys(self->fd, dev.hwpt,
					 MOCK_APERTURE_LAST + 1ULL,
					 MOCK_PAGE_SIZE, &phys));
	EXPECT_ERR(EINVAL, mock_get_phys(self->fd, dev.hwpt, IOVA,
					 -MOCK_PAGE_SIZE, &phys));
	EXPECT_ERR(ENOENT, mock_get_phys(self->fd, self->ioas, IOVA,
					 MOCK_PAGE_SIZE, &phys));
	EXPECT_ERR(EFAULT, mock_get_phys(self->fd, dev.hwpt, IOVA,
					 MOCK_PAGE_SIZE, NULL));
}

TEST_HARNESS_MAIN
