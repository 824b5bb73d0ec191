// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hot reset across IOMMU groups: who does not own all devices of a bus cannot
 * reset any. And the older way, where files of groups are the proof.
 */
#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/hw.h"
#include "lib/igb.h"
#include "hw_reset_fixture.h"

#define RING_IOVA 0x100000ULL
#define SRC_IOVA 0x200000ULL
#define DST_IOVA 0x300000ULL
#define FRAME 1500

/*
 *	root port -+- [0]: igb, function 0, alone in its group
 *	           +- [1]: igb, function 1, likewise
 *
 * One cannot reach the other, but they share the reset.
 */
FIXTURE(bus)
{
	struct pci_dev pci[2];
	struct vfio_dev dev[2];
	int ours;	/* two contexts */
	int theirs;
	char *memory;	/* page each: rings, frame to send, frame received */
	size_t page;
};

static int take_and_open(struct _test_data_bus *self, int i)
{
	return pci_take(&self->pci[i]) ?:
	       vfio_open(&self->dev[i], self->pci[i].name);
}

static void put_back(struct _test_data_bus *self)
{
	int i;

	for (i = 0; i < 2; i++) {
		vfio_close(&self->dev[i]);
		pci_give_back(&self->pci[i]);
	}
	close(self->ours);
	close(self->theirs);
}

FIXTURE_SETUP(bus)
{
	self->dev[0].fd = -1;
	self->dev[1].fd = -1;
	self->page = mem_page_size();
	self->memory = mem_alloc(3 * self->page);
	ASSERT_NE(NULL, self->memory);
	/* The first of them is on a bus of its own */
	if (pci_find(PCI_ID_IGB, PCI_ALONE, 1, &self->pci[0]) ||
	    pci_find(PCI_ID_IGB, PCI_ALONE, 2, &self->pci[1]))
		SKIP_FROM_SETUP("no two igb devices on a bus");
	self->ours = iommu_open();
	self->theirs = iommu_open();
	ASSERT_LE(0, self->ours);
	ASSERT_LE(0, self->theirs);
	ASSERT_OK(take_and_open(self, 0) ?: take_and_open(self, 1)) {
		put_back(self);
	}
}

FIXTURE_TEARDOWN(bus)
{
	put_back(self);
	mem_free(self->memory, 3 * self->page);
}

TEST_F(bus, two_groups_of_one_context_are_owned)
{
	struct hot_reset_info info;

	ASSERT_NE(self->pci[0].group, self->pci[1].group);
	ASSERT_OK(vfio_bind(&self->dev[0], self->ours));
	ASSERT_OK(vfio_bind(&self->dev[1], self->ours));
	ASSERT_OK(hot_reset_info(&self->dev[0], &info));
	EXPECT_EQ(VFIO_PCI_HOT_RESET_FLAG_DEV_ID |
		  VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED, info.flags);
	EXPECT_EQ(2, info.count);
	EXPECT_EQ(self->dev[0].dev_id, hot_reset_id(&info, self->pci[0].name));
	EXPECT_EQ(self->dev[1].dev_id, hot_reset_id(&info, self->pci[1].name));
}

TEST_F(bus, device_of_another_context_is_not_owned)
{
	struct hot_reset_info info;

	ASSERT_OK(vfio_bind(&self->dev[0], self->ours));
	ASSERT_OK(vfio_bind(&self->dev[1], self->theirs));
	/* Both have the same id in their contexts */
	ASSERT_EQ(self->dev[0].dev_id, self->dev[1].dev_id);
	ASSERT_OK(hot_reset_info(&self->dev[0], &info));
	EXPECT_EQ(VFIO_PCI_HOT_RESET_FLAG_DEV_ID, info.flags);
	EXPECT_EQ(self->dev[0].dev_id, hot_reset_id(&info, self->pci[0].name));
	EXPECT_EQ(HOT_RESET_NOT_OWNED, hot_reset_id(&info, self->pci[1].name));
	ASSERT_OK(hot_reset_info(&self->dev[1], &info));
	EXPECT_EQ(HOT_RESET_NOT_OWNED, hot_reset_id(&info, self->pci[0].name));
	EXPECT_EQ(self->dev[1].dev_id, hot_reset_id(&info, self->pci[1].name));
}

TEST_F(bus, device_of_another_context_is_in_the_way_of_a_reset)
{
	ASSERT_OK(vfio_bind(&self->dev[0], self->ours));
	ASSERT_OK(vfio_bind(&self->dev[1], self->theirs));
	ASSERT_OK(set_mark(&self->dev[0], IGB_MARK));
	ASSERT_OK(set_mark(&self->dev[1], IGB_MARK));
	EXPECT_ERR(EINVAL, hot_reset(&self->dev[0]));
	EXPECT_ERR(EINVAL, hot_reset(&self->dev[1]));
	EXPECT_TRUE(is_marked(&self->dev[0], IGB_MARK));
	EXPECT_TRUE(is_marked(&self->dev[1], IGB_MARK));
}

TEST_F(bus, unopened_device_is_not_owned_until_its_group_is_claimed)
{
	struct hot_reset_info info;

	ASSERT_OK(vfio_bind(&self->dev[0], self->ours));
	ASSERT_OK(hot_reset_info(&self->dev[0], &info));
	EXPECT_EQ(VFIO_PCI_HOT_RESET_FLAG_DEV_ID, info.flags);
	EXPECT_EQ(HOT_RESET_NOT_OWNED, hot_reset_id(&info, self->pci[1].name));
	EXPECT_ERR(EINVAL, hot_reset(&self->dev[0]));
	ASSERT_OK(vfio_bind(&self->dev[1], self->ours));
	EXPECT_OK(hot_reset(&self->dev[0]));
	vfio_close(&self->dev[1]);
	EXPECT_ERR(EINVAL, hot_reset(&self->dev[0]));
}

static int map(struct _test_data_bus *self, __u32 ioas_id)
{
	char *ring = self->memory, *src = ring + self->page;

	return iommu_map_at(self->ours, ioas_id, ring, IGB_RING_BYTES,
			    RING_IOVA, IOMMU_MAP_RW) ?:
	       iommu_map_at(self->ours, ioas_id, src, self->page, SRC_IOVA,
			    IOMMU_IOAS_MAP_READABLE) ?:
	       iommu_map_at(self->ours, ioas_id, src + self->page, self->page,
			    DST_IOVA, IOMMU_MAP_RW);
}

/* Send a frame through the device and compare what is received */
static int copies(struct _test_data_bus *self, int i)
{
	char *src = self->memory + self->page, *dst = src + self->page;
	struct igb igb;
	int rc;

	mem_fill(src, FRAME, i);
	igb_frame_header(src);
	memset(dst, 0, FRAME);
	rc = igb_init(&igb, &self->dev[i], self->memory, RING_IOVA) ?:
	     igb_copy(&igb, DST_IOVA, SRC_IOVA, FRAME);
	if (rc)
		return rc;
	return memcmp(src, dst, FRAME) ? -EILSEQ : 0;
}

TEST_F(bus, devices_do_dma_again_after_a_reset)
{
	__u32 ioas_id;
	int i;

	ASSERT_OK(iommu_ioas_alloc(self->ours, &ioas_id));
	ASSERT_OK(map(self, ioas_id));
	for (i = 0; i < 2; i++) {
		ASSERT_OK(vfio_bind(&self->dev[i], self->ours));
		ASSERT_OK(vfio_attach(&self->dev[i], ioas_id));
		ASSERT_OK(copies(self, i));
	}
	ASSERT_OK(hot_reset(&self->dev[0]));
	for (i = 0; i < 2; i++) {
		EXPECT_TRUE(was_reset(&self->dev[i], IGB_MARK));
		EXPECT_OK(copies(self, i));
	}
}

TEST_F(bus, groups_are_told_to_a_file_from_a_group)
{
	struct vfio_container cont;
	struct hot_reset_info info;
	struct vfio_dev dev;

	ASSERT_OK(vfio_container_open(&cont, self->pci[0].group));
	ASSERT_OK(vfio_container_get_dev(&cont, self->pci[0].name, &dev));
	ASSERT_OK(hot_reset_info(&dev, &info));
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(2, info.count);
	EXPECT_EQ(self->pci[0].group, hot_reset_id(&info, self->pci[0].name));
	EXPECT_EQ(self->pci[1].group, hot_reset_id(&info, self->pci[1].name));
	vfio_close(&dev);
	vfio_container_close(&cont);
}

TEST_F(bus, file_from_a_group_needs_files_as_proof)
{
	struct vfio_container cont;
	struct vfio_dev dev;

	ASSERT_OK(vfio_container_open(&cont, self->pci[0].group));
	ASSERT_OK(vfio_container_get_dev(&cont, self->pci[0].name, &dev));
	ASSERT_OK(set_mark(&dev, IGB_MARK));
	EXPECT_ERR(EINVAL, hot_reset(&dev));
	EXPECT_ERR(EBADF, hot_reset_by_file(&dev, -1));
	EXPECT_ERR(EINVAL, hot_reset_by_file(&dev, self->ours));
	/* The other group is missing */
	EXPECT_ERR(EINVAL, hot_reset_by_file(&dev, cont.group_fd));
	/* Nor does an open group help whom the other device is bound to */
	ASSERT_OK(vfio_bind(&self->dev[1], self->ours));
	EXPECT_ERR(EINVAL, hot_reset_by_file(&dev, cont.group_fd));
	EXPECT_ERR(EINVAL, hot_reset(&self->dev[1]));
	EXPECT_TRUE(is_marked(&dev, IGB_MARK));
	vfio_close(&dev);
	vfio_container_close(&cont);
}

/* An edu on the root bus, which has no bridge above to reset it */
TEST(device_that_cannot_be_reset_says_so)
{
	struct hot_reset_info info;
	struct hw hw;

	if (hw_missing(0))
		SKIP(return, "no edu device alone in its IOMMU group");
	ASSERT_OK(hw_up(&hw, 0));
	EXPECT_ERR(ENODEV, hot_reset_info(&hw.vfio, &info));
	EXPECT_ERR(ENODEV, hot_reset(&hw.vfio));
	hw_down(&hw);
}

TEST_HARNESS_MAIN
