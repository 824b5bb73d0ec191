// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA of one device to the registers of another one, which its owner gives away
 * as a dma-buf: it arrives, until the owner does something to the device.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <linux/pci_regs.h>
#include <sys/ioctl.h>

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/hw.h"
#include "lib/igb.h"

#define MEMORY 0x100000ULL
#define PEER 0x4000000ULL
#define EDU_ID 0x010000edU
#define EDU_ID_REG 0x00
#define EDU_LIVE_REG 0x04	/* reads as the complement of what was written */

/* The first edu does DMA, the second one is its target */
FIXTURE(p2p)
{
	struct hw hw;
	struct hw peer;
	size_t page;
	__u32 *memory;
	int buf;
};

struct get_dma_buf {
	struct vfio_device_feature feature;
	struct vfio_device_feature_dma_buf get;
	struct vfio_region_dma_range ranges[2];
};

static int get_dma_buf(int fd, struct get_dma_buf *cmd)
{
	int rc;

	cmd->feature.argsz = sizeof(*cmd);
	if (!cmd->feature.flags)
		cmd->feature.flags = VFIO_DEVICE_FEATURE_GET |
				     VFIO_DEVICE_FEATURE_DMA_BUF;
	rc = ioctl(fd, VFIO_DEVICE_FEATURE, cmd);
	return rc < 0 ? -errno : rc;
}

/* The file of a part of BAR 0 */
static int export_bar(int fd, __u64 offset, __u64 length)
{
	struct get_dma_buf cmd = {
		.get.open_flags = O_RDWR | O_CLOEXEC,
		.get.nr_ranges = 1,
		.ranges[0].offset = offset,
		.ranges[0].length = length,
	};

	return get_dma_buf(fd, &cmd);
}

static void take_down(struct _test_data_p2p *self)
{
	close(self->buf);
	hw_down(&self->peer);
	hw_down(&self->hw);
}

static int set_up(struct _test_data_p2p *self)
{
	int rc;

	rc = hw_up(&self->hw, 0) ?: hw_up(&self->peer, 1) ?:
	     vfio_attach(&self->hw.vfio, self->hw.ioas_id) ?:
	     iommu_map_at(self->hw.iommufd, self->hw.ioas_id, self->memory,
			  2 * self->page, MEMORY, IOMMU_MAP_RW);
	if (rc)
		return rc;
	self->buf = export_bar(self->peer.vfio.fd, 0, self->page);
	return self->buf < 0 ? self->buf : 0;
}

FIXTURE_SETUP(p2p)
{
	self->buf = -1;
	self->page = mem_page_size();
	self->memory = mem_alloc(2 * self->page);
	ASSERT_NE(NULL, self->memory);
	if (hw_missing(1))
		SKIP_FROM_SETUP("no two edu devices alone in their groups");
	ASSERT_OK(set_up(self)) {
		take_down(self);
	}
}

FIXTURE_TEARDOWN(p2p)
{
	take_down(self);
	mem_free(self->memory, 2 * self->page);
}

static int map_peer(struct _test_data_p2p *self)
{
	return iommu_map_file_at(self->hw.iommufd, self->hw.ioas_id, self->buf,
				 0, self->page, PEER, IOMMU_MAP_RW);
}

static int unmap_peer(struct _test_data_p2p *self)
{
	return iommu_unmap(self->hw.iommufd, self->hw.ioas_id, PEER,
			   self->page);
}

/* What the device finds at an address; 0 where it finds nothing */
static __u32 read_by_dma(struct _test_data_p2p *self, __u64 iova)
{
	self->memory[0] = 0;
	self->memory[1] = 1;
	if (edu_load(&self->hw.edu, MEMORY, 4) ||
	    edu_load(&self->hw.edu, iova, 4) ||
	    edu_store(&self->hw.edu, MEMORY + 4, 4))
		return 2;
	return self->memory[1];
}

static int set_decoding(struct _test_data_p2p *self, bool on)
{
	__u16 command;
	int rc;

	rc = vfio_config_read(&self->peer.vfio, PCI_COMMAND, &command,
			      sizeof(command));
	if (rc)
		return rc;
	command &= ~PCI_COMMAND_MEMORY;
	if (on)
		command |= PCI_COMMAND_MEMORY;
	return vfio_config_write(&self->peer.vfio, PCI_COMMAND, &command,
				 sizeof(command));
}

TEST_F(p2p, device_reads_the_registers_of_another)
{
	ASSERT_OK(map_peer(self));
	EXPECT_EQ(EDU_ID, read_by_dma(self, PEER + EDU_ID_REG));
	EXPECT_OK(unmap_peer(self));
	EXPECT_NE(EDU_ID, read_by_dma(self, PEER + EDU_ID_REG));
}

TEST_F(p2p, device_writes_the_registers_of_another)
{
	volatile __u32 *live = (void *)(self->peer.edu.regs + EDU_LIVE_REG);

	ASSERT_OK(map_peer(self));
	self->memory[0] = 0x12345678;
	ASSERT_OK(edu_load(&self->hw.edu, MEMORY, 4));
	ASSERT_OK(edu_store(&self->hw.edu, PEER + EDU_LIVE_REG, 4));
	EXPECT_EQ(~0x12345678U, *live);
}

TEST_F(p2p, registers_are_out_of_reach_while_they_do_not_decode)
{
	ASSERT_OK(map_peer(self));
	ASSERT_EQ(EDU_ID, read_by_dma(self, PEER));
	ASSERT_OK(set_decoding(self, false));
	EXPECT_NE(EDU_ID, read_by_dma(self, PEER));
	EXPECT_OK(unmap_peer(self));
	EXPECT_ERR(ENODEV, map_peer(self));
	ASSERT_OK(set_decoding(self, true));
	ASSERT_OK(map_peer(self));
	EXPECT_EQ(EDU_ID, read_by_dma(self, PEER));
}

TEST_F(p2p, mapping_does_not_come_back_with_the_decoding)
{
	ASSERT_OK(map_peer(self));
	ASSERT_OK(set_decoding(self, false));
	ASSERT_OK(set_decoding(self, true));
	EXPECT_NE(EDU_ID, read_by_dma(self, PEER));
	EXPECT_OK(unmap_peer(self));
}

TEST_F(p2p, registers_are_out_of_reach_when_their_device_is_closed)
{
	ASSERT_OK(map_peer(self));
	ASSERT_EQ(EDU_ID, read_by_dma(self, PEER));
	vfio_close(&self->peer.vfio);
	EXPECT_NE(EDU_ID, read_by_dma(self, PEER));
	EXPECT_OK(unmap_peer(self));
	EXPECT_ERR(ENODEV, map_peer(self));
	/* Also when somebody has it open again */
	ASSERT_OK(vfio_open(&self->peer.vfio, self->peer.pci.name));
	ASSERT_OK(vfio_bind(&self->peer.vfio, self->peer.iommufd));
	EXPECT_ERR(ENODEV, map_peer(self));
}

TEST_F(p2p, reset_takes_the_registers_out_of_reach)
{
	struct pci_dev pci;
	struct vfio_dev vfio;
	int buf;

	ASSERT_OK(pci_find(PCI_ID_IGB, PCI_ALONE, 0, &pci));
	ASSERT_OK(pci_take(&pci));
	EXPECT_OK(vfio_open(&vfio, pci.name));
	EXPECT_OK(vfio_bind(&vfio, self->peer.iommufd));
	buf = export_bar(vfio.fd, 0, self->page);
	EXPECT_LE(0, buf);
	EXPECT_OK(iommu_map_file_at(self->hw.iommufd, self->hw.ioas_id, buf, 0,
				    self->page, PEER, IOMMU_MAP_RW));
	/* STATUS, which is never 0 */
	EXPECT_LT(2, read_by_dma(self, PEER + 8));
	EXPECT_EQ(0, ioctl(vfio.fd, VFIO_DEVICE_RESET));
	EXPECT_GE(2, read_by_dma(self, PEER + 8));
	EXPECT_OK(unmap_peer(self));
	EXPECT_OK(iommu_map_file_at(self->hw.iommufd, self->hw.ioas_id, buf, 0,
				    self->page, PEER, IOMMU_MAP_RW));
	EXPECT_LT(2, read_by_dma(self, PEER + 8));
	close(buf);
	vfio_close(&vfio);
	pci_give_back(&pci);
}

TEST_F(p2p, bar_that_is_mapped_by_the_processor_is_refused)
{
	EXPECT_ERR(EFAULT, iommu_map_at(self->hw.iommufd, self->hw.ioas_id,
					(void *)self->peer.edu.regs,
					self->page, PEER, IOMMU_MAP_RW));
}

TEST_F(p2p, what_is_no_part_of_a_bar_is_EINVAL)
{
	int fd = self->peer.vfio.fd;

	EXPECT_ERR(EINVAL, export_bar(fd, 0, 0));
	EXPECT_ERR(EINVAL, export_bar(fd, 1, self->page));
	EXPECT_ERR(EINVAL, export_bar(fd, 0, self->page / 2));
	EXPECT_ERR(EINVAL, export_bar(fd, 1 << 20, self->page));
	EXPECT_ERR(EINVAL, export_bar(fd, 0, (1 << 20) + self->page));
	EXPECT_ERR(EINVAL, export_bar(fd, -self->page, 2 * self->page));
}

TEST_F(p2p, commands_that_are_wrong_are_refused)
{
	const struct get_dma_buf good = {
		.get.open_flags = O_RDWR | O_CLOEXEC,
		.get.nr_ranges = 1,
		.ranges[0].length = self->page,
	};
	int fd = self->peer.vfio.fd;
	struct get_dma_buf cmd;

	cmd = good;
	cmd.get.region_index = VFIO_PCI_BAR1_REGION_INDEX;
	EXPECT_ERR(EINVAL, get_dma_buf(fd, &cmd));
	cmd = good;
	cmd.get.region_index = VFIO_PCI_CONFIG_REGION_INDEX;
	EXPECT_ERR(EINVAL, get_dma_buf(fd, &cmd));
	cmd = good;
	cmd.get.region_index = ~0U;
	EXPECT_ERR(EINVAL, get_dma_buf(fd, &cmd));
	cmd = good;
	cmd.get.flags = 1;
	EXPECT_ERR(EINVAL, get_dma_buf(fd, &cmd));
	cmd = good;
	cmd.get.open_flags = O_CREAT;
	EXPECT_ERR(EINVAL, get_dma_buf(fd, &cmd));
	cmd = good;
	cmd.get.nr_ranges = 0;
	EXPECT_ERR(EINVAL, get_dma_buf(fd, &cmd));
	cmd = good;
	cmd.get.nr_ranges = 2;
	EXPECT_ERR(EOPNOTSUPP, get_dma_buf(fd, &cmd));
	cmd = good;
	cmd.feature.flags = VFIO_DEVICE_FEATURE_SET |
			    VFIO_DEVICE_FEATURE_DMA_BUF;
	EXPECT_ERR(EINVAL, get_dma_buf(fd, &cmd));
	cmd = good;
	cmd.feature.flags = VFIO_DEVICE_FEATURE_PROBE |
			    VFIO_DEVICE_FEATURE_GET |
			    VFIO_DEVICE_FEATURE_DMA_BUF;
	EXPECT_OK(get_dma_buf(fd, &cmd));
}

TEST_HARNESS_MAIN
