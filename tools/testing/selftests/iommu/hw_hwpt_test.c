// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables of real hardware that user space asks for, and what the hardware
 * tells of itself.
 */
#include <stdio.h>

#include "hw_dma_fixture.h"

/* Where intel-iommu shows the registers of a device's IOMMU */
#define VTD_SYSFS "/sys/bus/pci/devices/%s/iommu/intel-iommu/%s"

#define VTD_ECAP_NEST (1ULL << 26)

/* More than any IOMMU translates */
#define UNREACHABLE 0x8000000000000000ULL

static int read_register(struct _test_data_dma *self, const char *name,
			 unsigned long long *value)
{
	char path[256];
	FILE *file;
	int n;

	snprintf(path, sizeof(path), VTD_SYSFS, self->hw.pci.name, name);
	file = fopen(path, "r");
	if (!file)
		return -ENOENT;
	n = fscanf(file, "%llx", value);
	fclose(file);
	return n == 1 ? 0 : -EIO;
}

static int get_info(struct _test_data_dma *self, struct iommu_hw_info *info,
		    struct iommu_hw_info_vtd *vtd)
{
	memset(vtd, 7, sizeof(*vtd));
	*info = (struct iommu_hw_info){
		.data_len = sizeof(*vtd),
		.data_uptr = (uintptr_t)vtd,
	};
	return iommu_hw_info(self->hw.iommufd, self->hw.vfio.dev_id, info);
}

static int alloc(struct _test_data_dma *self, __u32 flags, __u32 *hwpt)
{
	return iommu_hwpt_alloc_flags(self->hw.iommufd, self->hw.vfio.dev_id,
				      self->hw.ioas_id, flags, hwpt);
}

static int attach_to(struct _test_data_dma *self, __u32 id)
{
	return vfio_attach(&self->hw.vfio, id);
}

/* The device copies a page to another one. */
static int copy(struct _test_data_dma *self)
{
	int rc;

	memset(self->dst, 0, self->page);
	rc = load(self, IOVA) ?: store(self, FAR_AWAY);
	return rc ?: same(self->src, self->dst) ? 0 : -EILSEQ;
}

static int map_both(struct _test_data_dma *self)
{
	return map(self, self->src, IOVA, IOMMU_IOAS_MAP_READABLE) ?:
	       map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW);
}

TEST_F(dma, hardware_tells_what_is_in_its_registers)
{
	unsigned long long cap, ecap;
	struct iommu_hw_info_vtd vtd;
	struct iommu_hw_info info;

	ASSERT_OK(get_info(self, &info, &vtd));
	if (read_register(self, "cap", &cap)) {
		EXPECT_EQ(IOMMU_HW_INFO_TYPE_NONE, info.out_data_type);
		EXPECT_EQ(0, info.data_len);
		EXPECT_EQ(0, vtd.cap_reg | vtd.ecap_reg | vtd.flags);
		return;
	}
	ASSERT_OK(read_register(self, "ecap", &ecap));
	EXPECT_EQ(IOMMU_HW_INFO_TYPE_INTEL_VTD, info.out_data_type);
	EXPECT_EQ(sizeof(vtd), info.data_len);
	EXPECT_EQ(cap, vtd.cap_reg);
	EXPECT_EQ(ecap, vtd.ecap_reg);
	EXPECT_EQ(IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17, vtd.flags);
	EXPECT_EQ(0, vtd.__reserved);
}

TEST_F(dma, table_tracks_writes_where_the_hardware_says_that_it_can)
{
	struct iommu_hw_info_vtd vtd;
	struct iommu_hw_info info;
	__u32 hwpt;
	int rc;

	ASSERT_OK(get_info(self, &info, &vtd));
	rc = alloc(self, IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &hwpt);
	EXPECT_EQ(info.out_capabilities & IOMMU_HW_CAP_DIRTY_TRACKING ?
		  0 : -EOPNOTSUPP, rc);
}

TEST_F(dma, table_is_a_parent_where_the_hardware_nests)
{
	struct iommu_hw_info_vtd vtd;
	struct iommu_hw_info info;
	__u32 hwpt;
	int rc;

	ASSERT_OK(get_info(self, &info, &vtd));
	rc = alloc(self, IOMMU_HWPT_ALLOC_NEST_PARENT, &hwpt);
	EXPECT_EQ(vtd.ecap_reg & VTD_ECAP_NEST ? 0 : -EOPNOTSUPP, rc);
}

TEST_F(dma, device_reaches_what_was_mapped_before)
{
	__u32 hwpt;

	ASSERT_OK(map_both(self));
	ASSERT_OK(alloc(self, 0, &hwpt));
	ASSERT_OK(attach_to(self, hwpt));
	EXPECT_OK(copy(self));
}

TEST_F(dma, device_reaches_what_is_mapped_before_it_is_attached)
{
	__u32 hwpt;

	ASSERT_OK(alloc(self, 0, &hwpt));
	ASSERT_OK(map_both(self));
	ASSERT_OK(attach_to(self, hwpt));
	EXPECT_OK(copy(self));
}

TEST_F(dma, device_reaches_what_is_mapped_afterwards)
{
	__u32 hwpt;

	ASSERT_OK(alloc(self, 0, &hwpt));
	ASSERT_OK(attach_to(self, hwpt));
	ASSERT_OK(map_both(self));
	EXPECT_OK(copy(self));
	ASSERT_OK(unmap(self, FAR_AWAY));
	memset(self->dst, 0, self->page);
	store(self, FAR_AWAY);
	EXPECT_TRUE(is_zero(self->dst));
}

TEST_F(dma, table_keeps_its_contents_without_a_device)
{
	__u32 hwpt;

	ASSERT_OK(alloc(self, 0, &hwpt));
	ASSERT_OK(attach_to(self, hwpt));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(attach_to(self, hwpt));
	EXPECT_OK(copy(self));
}

TEST_F(dma, what_is_unmapped_without_a_device_is_not_reached)
{
	__u32 hwpt;

	ASSERT_OK(map_both(self));
	ASSERT_OK(alloc(self, 0, &hwpt));
	ASSERT_OK(attach_to(self, hwpt));
	ASSERT_OK(copy(self));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	ASSERT_OK(unmap(self, FAR_AWAY));
	ASSERT_OK(attach_to(self, hwpt));
	memset(self->dst, 0, self->page);
	store(self, FAR_AWAY);
	EXPECT_TRUE(is_zero(self->dst));
}

/* By VT-d at once, by others when a device is attached. */
TEST_F(dma, what_the_hardware_cannot_translate_is_refused)
{
	__u32 hwpt = 0;
	int rc;

	ASSERT_OK(map(self, self->src, UNREACHABLE, IOMMU_MAP_RW));
	rc = alloc(self, 0, &hwpt);
	EXPECT_ERR(EADDRINUSE, rc ?: attach_to(self, hwpt));
	ASSERT_OK(unmap(self, UNREACHABLE));
	if (rc)
		ASSERT_OK(alloc(self, 0, &hwpt));
	ASSERT_OK(map_both(self));
	ASSERT_OK(attach_to(self, hwpt));
	EXPECT_OK(copy(self));
}

TEST_F(dma, large_pages_are_there_before_a_device_is_attached)
{
	char *memory = mem_alloc_aligned(2 * MEM_2M, MEM_2M);
	const __u64 iova = 0x40000000;
	__u32 hwpt;

	ASSERT_NE(NULL, memory);
	mem_fill(memory, 2 * MEM_2M, 5);
	ASSERT_OK(iommu_map_at(self->hw.iommufd, self->hw.ioas_id, memory,
			       2 * MEM_2M, iova, IOMMU_MAP_RW));
	ASSERT_OK(alloc(self, 0, &hwpt));
	ASSERT_OK(attach_to(self, hwpt));
	memcpy(memory + MEM_2M, self->src, self->page);
	ASSERT_OK(load(self, iova + MEM_2M));
	ASSERT_OK(store(self, iova + 2 * MEM_2M - self->page));
	EXPECT_TRUE(same(self->src, memory + 2 * MEM_2M - self->page));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	mem_free(memory, 2 * MEM_2M);
}

TEST_HARNESS_MAIN
