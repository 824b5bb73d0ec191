// SPDX-License-Identifier: GPL-2.0-only
/*
 * What IOMMU_GET_HW_INFO tells of the hardware, before there is a page table.
 */
#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/iommu.h"
#include "lib/mock.h"

FIXTURE(info)
{
	int fd;
	__u32 other;	/* an address space where nobody is */
	struct mock_device first;
};

FIXTURE_SETUP(info)
{
	__u32 ioas;

	self->fd = iommu_open();
	ASSERT_LE(0, self->fd);
	if (mock_count_devices() < 0)
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_OK(mock_reset());
	ASSERT_OK(iommu_ioas_alloc(self->fd, &ioas));
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->other));
	ASSERT_OK(mock_attach(self->fd, ioas, &self->first));
}

FIXTURE_TEARDOWN(info)
{
	mock_reset();
	close(self->fd);
}

/* Ask with room for @room bytes of what is behind it, which are not touched. */
static int ask(struct _test_data_info *self, __u32 dev_id, size_t room,
	       struct iommu_hw_info *info, unsigned char *data)
{
	memset(data, 7, 64);
	*info = (struct iommu_hw_info){
		.data_len = room,
		.data_uptr = (uintptr_t)data,
		.out_max_pasid_log2 = 7,
		.out_capabilities = 7,
	};
	return iommu_hw_info(self->fd, dev_id, info);
}

TEST_F(info, hardware_tells_of_itself)
{
	static const unsigned char zero[63];
	struct iommu_test_hw_info *tells;
	unsigned char data[64];
	struct iommu_hw_info info;

	ASSERT_OK(ask(self, self->first.idev, 63, &info, data));
	EXPECT_EQ(sizeof(*tells), info.data_len);
	EXPECT_EQ(IOMMU_HW_INFO_TYPE_SELFTEST, info.out_data_type);
	EXPECT_EQ(0, info.out_max_pasid_log2);
	EXPECT_EQ(IOMMU_HW_CAP_DIRTY_TRACKING, info.out_capabilities);
	tells = (struct iommu_test_hw_info *)data;
	EXPECT_EQ(IOMMU_HW_INFO_SELFTEST_REGVAL, tells->test_reg);
	EXPECT_EQ(0, memcmp(data + sizeof(*tells), zero,
			    63 - sizeof(*tells)));
	EXPECT_EQ(7, data[63]);
}

TEST_F(info, little_room_gets_the_beginning)
{
	unsigned char whole[64], data[64];
	struct iommu_hw_info info;

	ASSERT_OK(ask(self, self->first.idev, 64, &info, whole));
	ASSERT_OK(ask(self, self->first.idev, 3, &info, data));
	EXPECT_EQ(sizeof(struct iommu_test_hw_info), info.data_len);
	EXPECT_EQ(0, memcmp(data, whole, 3));
	EXPECT_EQ(7, data[3]);
	ASSERT_OK(ask(self, self->first.idev, 0, &info, data));
	EXPECT_EQ(sizeof(struct iommu_test_hw_info), info.data_len);
	EXPECT_EQ(7, data[0]);
}

TEST_F(info, device_that_does_not_track_says_so)
{
	struct iommu_hw_info info = {};
	struct mock_device poor;

	ASSERT_OK(mock_attach_flags(self->fd, self->other,
				    MOCK_FLAGS_DEVICE_NO_DIRTY, &poor));
	ASSERT_OK(iommu_hw_info(self->fd, poor.idev, &info));
	EXPECT_EQ(0, info.out_capabilities);
}

TEST_F(info, hardware_can_be_asked_for_by_its_type)
{
	struct iommu_hw_info info = {
		.flags = IOMMU_HW_INFO_FLAG_INPUT_TYPE,
		.in_data_type = IOMMU_HW_INFO_TYPE_DEFAULT,
	};
	int fd = self->fd;

	ASSERT_OK(iommu_hw_info(fd, self->first.idev, &info));
	EXPECT_EQ(IOMMU_HW_INFO_TYPE_SELFTEST, info.out_data_type);
	info.data_len = 0;
	ASSERT_OK(iommu_hw_info(fd, self->first.idev, &info));
	EXPECT_EQ(IOMMU_HW_INFO_TYPE_SELFTEST, info.out_data_type);
	info.data_len = 0;
	info.in_data_type = IOMMU_HW_INFO_TYPE_INTEL_VTD;
	EXPECT_ERR(EOPNOTSUPP, iommu_hw_info(fd, self->first.idev, &info));
}

TEST_F(info, bad_questions_about_hardware_are_refused)
{
	struct iommu_hw_info info = {};
	int bit, fd = self->fd;

	EXPECT_ERR(ENOENT, iommu_hw_info(fd, 0, &info));
	EXPECT_ERR(ENOENT, iommu_hw_info(fd, self->other, &info));
	for (bit = 1; bit < 32; bit++) {
		info = (struct iommu_hw_info){ .flags = 1U << bit };
		EXPECT_ERR(EOPNOTSUPP,
			   iommu_hw_info(fd, self->first.idev, &info));
	}
	for (bit = 0; bit < 3; bit++) {
		info = (struct iommu_hw_info){};
		info.__reserved[bit] = 1;
		EXPECT_ERR(EOPNOTSUPP,
			   iommu_hw_info(fd, self->first.idev, &info));
	}
	info = (struct iommu_hw_info){ .data_len = 8 };
	EXPECT_ERR(EFAULT, iommu_hw_info(fd, self->first.idev, &info));
}

TEST_HARNESS_MAIN
