// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network card with real descriptor rings in memory copies through the
 * IOMMU. It reads descriptors and frames, and writes frames and descriptors
 * back, all on its own accord; the edu device has no such thing.
 */
#include "../kselftest_harness.h"

#include <poll.h>
#include <sys/eventfd.h>

#include "lib/check.h"
#include "lib/igb.h"
#include "lib/iommu.h"
#include "lib/kmsg.h"
#include "lib/memory.h"
#include "lib/pci.h"

#define RING_IOVA 0x100000ULL
#define SRC_IOVA 0x200000ULL
#define DST_IOVA 0x300000ULL
#define NOWHERE 0x40000000ULL
#define ROOM (4 * 4096)	/* for a frame that starts anywhere in a page */

FIXTURE(igb)
{
	struct pci_dev pci;
	struct vfio_dev vfio;
	struct igb igb;
	int iommufd;
	__u32 ioas_id;
	char *ring;
	char *src;
	char *dst;
};

static int bring_up(struct _test_data_igb *self)
{
	__u32 ioas_id;
	int rc;

	rc = pci_take(&self->pci) ?: vfio_open(&self->vfio, self->pci.name) ?:
	     vfio_bind(&self->vfio, self->iommufd) ?:
	     iommu_ioas_alloc(self->iommufd, &ioas_id);
	if (rc)
		return rc;
	self->ioas_id = ioas_id;
	rc = vfio_attach(&self->vfio, ioas_id) ?:
	     iommu_map_at(self->iommufd, ioas_id, self->ring, IGB_RING_BYTES,
			  RING_IOVA, IOMMU_MAP_RW) ?:
	     iommu_map_at(self->iommufd, ioas_id, self->src, ROOM, SRC_IOVA,
			  IOMMU_IOAS_MAP_READABLE) ?:
	     iommu_map_at(self->iommufd, ioas_id, self->dst, ROOM, DST_IOVA,
			  IOMMU_MAP_RW);
	if (rc)
		return rc;
	return igb_init(&self->igb, &self->vfio, self->ring, RING_IOVA);
}

static void take_down(struct _test_data_igb *self)
{
	vfio_close(&self->vfio);
	close(self->iommufd);
	pci_give_back(&self->pci);
}

FIXTURE_SETUP(igb)
{
	self->vfio.fd = -1;
	self->ring = mem_alloc(IGB_RING_BYTES);
	self->src = mem_alloc(ROOM);
	self->dst = mem_alloc(ROOM);
	ASSERT_TRUE(self->ring && self->src && self->dst);
	if (pci_find(PCI_ID_IGB, PCI_ALONE, 0, &self->pci))
		SKIP_FROM_SETUP("no igb device alone in its IOMMU group");
	self->iommufd = iommu_open();
	ASSERT_LE(0, self->iommufd);
	ASSERT_OK(bring_up(self)) {
		take_down(self);
	}
}

FIXTURE_TEARDOWN(igb)
{
	take_down(self);
	mem_free(self->ring, IGB_RING_BYTES);
	mem_free(self->src, ROOM);
	mem_free(self->dst, ROOM);
}

/* Send a frame from one offset to another and compare every byte */
static bool copies(struct _test_data_igb *self, unsigned int dst_offset,
		   unsigned int src_offset, unsigned int length)
{
	char *src = self->src + src_offset, *dst = self->dst + dst_offset;

	memset(self->dst, 0, ROOM);
	mem_fill(src, length, length);
	igb_frame_header(src);
	if (igb_copy(&self->igb, DST_IOVA + dst_offset, SRC_IOVA + src_offset,
		     length))
		return false;
	return !memcmp(src, dst, length) && !dst[length];
}

/* One test, since to bring the link up costs more than all these frames */
TEST_F(igb, frames_of_all_sizes_arrive_as_they_were_sent)
{
	EXPECT_TRUE(copies(self, 0, 0, IGB_FRAME_MIN));
	EXPECT_TRUE(copies(self, 60, 100, 1000));
	EXPECT_TRUE(copies(self, 4000, 4090, 1500));
	EXPECT_TRUE(copies(self, 0, 0, 4096));
	EXPECT_TRUE(copies(self, 2, 4094, 4100));
	EXPECT_TRUE(copies(self, 4094, 1, 9000));
}

TEST_F(igb, rings_wrap_around)
{
	int i;

	for (i = 0; i < 80; i++) {
		ASSERT_TRUE(copies(self, i, 2 * i, 2000 + i)) {
			TH_LOG("frame %d", i);
		}
	}
}

TEST_F(igb, frame_to_an_unmapped_address_faults_and_lands_nowhere)
{
	char line[KMSG_LINE];
	int kmsg = kmsg_open(), rc = -ETIMEDOUT, try;

	ASSERT_LE(0, kmsg);
	ASSERT_TRUE(copies(self, 0, 0, 1500));
	memset(self->dst, 0x5a, ROOM);
	for (try = 0; rc && try < KMSG_TRIES; try++) {
		igb_copy(&self->igb, NOWHERE, SRC_IOVA, 1500);
		rc = kmsg_wait_fault(kmsg, self->pci.name, NOWHERE, line);
	}
	EXPECT_OK(rc);
	EXPECT_EQ(0x5a, self->dst[0]);
	EXPECT_EQ(0, memcmp(self->dst, self->dst + 1, ROOM - 1));
	EXPECT_TRUE(copies(self, 0, 0, 1500));
	close(kmsg);
}

TEST_F(igb, frame_from_an_unmapped_address_is_not_read)
{
	/* The memory exists and has a pattern, it is just not mapped there */
	mem_fill(self->src + 2048, 1500, 11);
	igb_frame_header(self->src + 2048);
	igb_copy(&self->igb, DST_IOVA, NOWHERE + 2048, 1500);
	EXPECT_NE(0, memcmp(self->src + 2048, self->dst, 1500));
	EXPECT_TRUE(copies(self, 0, 0, 1500));
}

TEST_F(igb, frame_to_read_only_memory_changes_nothing)
{
	char before[1500];

	mem_fill(self->src, ROOM, 12);
	igb_frame_header(self->src);
	memcpy(before, self->src + 8192, sizeof(before));
	igb_copy(&self->igb, SRC_IOVA + 8192, SRC_IOVA, 1500);
	EXPECT_EQ(0, memcmp(before, self->src + 8192, sizeof(before)));
}

TEST_F(igb, received_frame_raises_its_own_interrupt)
{
	struct pollfd pollfd = { .events = POLLIN };

	pollfd.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ASSERT_LE(0, pollfd.fd);
	ASSERT_OK(vfio_irq_enable(&self->vfio, VFIO_PCI_MSIX_IRQ_INDEX,
				  pollfd.fd));
	ASSERT_OK(igb_irq_on(&self->igb));
	ASSERT_EQ(0, poll(&pollfd, 1, 100));
	ASSERT_TRUE(copies(self, 0, 0, 1500));
	EXPECT_EQ(1, poll(&pollfd, 1, 3000));
	EXPECT_OK(vfio_irq_disable(&self->vfio, VFIO_PCI_MSIX_IRQ_INDEX));
	close(pollfd.fd);
}

TEST_HARNESS_MAIN
