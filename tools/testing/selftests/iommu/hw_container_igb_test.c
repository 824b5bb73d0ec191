// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network card copies frames by way of descriptor rings in memory, and has
 * MSI-X, in all five ways to a device.
 */
#include <poll.h>
#include <sys/eventfd.h>

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/igb.h"
#include "lib/memory.h"
#include "lib/mode.h"

#define RING_IOVA 0x100000ULL
#define SRC_IOVA 0x200000ULL
#define DST_IOVA 0x300000ULL
#define FRAME 1500
#define WAIT_MS 5000

FIXTURE(card)
{
	struct mode_dev dev;
	struct igb igb;
	size_t page;
	char *memory;	/* page each: rings, frame to send, frame received */
};

FIXTURE_VARIANT(card)
{
	enum mode mode;
};

FIXTURE_VARIANT_ADD(card, type1)
{
	.mode = MODE_TYPE1,
};

FIXTURE_VARIANT_ADD(card, type1v2)
{
	.mode = MODE_TYPE1V2,
};

FIXTURE_VARIANT_ADD(card, compat_type1)
{
	.mode = MODE_COMPAT,
};

FIXTURE_VARIANT_ADD(card, compat_type1v2)
{
	.mode = MODE_COMPATV2,
};

FIXTURE_VARIANT_ADD(card, native)
{
	.mode = MODE_NATIVE,
};

static int bring_up(struct _test_data_card *self, enum mode mode)
{
	char *ring = self->memory, *src = ring + self->page;

	return mode_up(&self->dev, mode, PCI_ID_IGB, 0) ?:
	       mode_map(&self->dev, ring, self->page, RING_IOVA,
			IOMMU_MAP_RW) ?:
	       mode_map(&self->dev, src, self->page, SRC_IOVA,
			IOMMU_IOAS_MAP_READABLE) ?:
	       mode_map(&self->dev, src + self->page, self->page, DST_IOVA,
			IOMMU_MAP_RW) ?:
	       igb_init(&self->igb, &self->dev.vfio, ring, RING_IOVA);
}

FIXTURE_SETUP(card)
{
	struct pci_dev pci;

	self->page = mem_page_size();
	self->memory = mem_alloc(3 * self->page);
	ASSERT_NE(NULL, self->memory);
	if (pci_find(PCI_ID_IGB, PCI_ALONE, 0, &pci))
		SKIP_FROM_SETUP("no igb device alone in its IOMMU group");
	ASSERT_OK(bring_up(self, variant->mode)) {
		mode_down(&self->dev);
	}
}

FIXTURE_TEARDOWN(card)
{
	mode_down(&self->dev);
	mem_free(self->memory, 3 * self->page);
}

/* Half a minute each until the link is up: frames and interrupts in one */
TEST_F(card, frame_arrives_and_so_does_its_interrupt)
{
	char *src = self->memory + self->page, *dst = src + self->page;
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	ASSERT_LE(0, fd);
	mem_fill(src, FRAME, 5);
	igb_frame_header(src);
	ASSERT_OK(vfio_irq_enable(&self->dev.vfio, VFIO_PCI_MSIX_IRQ_INDEX,
				  fd));
	ASSERT_OK(igb_irq_on(&self->igb));
	ASSERT_OK(igb_copy(&self->igb, DST_IOVA, SRC_IOVA, FRAME));
	EXPECT_EQ(0, memcmp(src, dst, FRAME));
	EXPECT_EQ(1, poll(&pollfd, 1, WAIT_MS));
	ASSERT_OK(vfio_irq_disable(&self->dev.vfio, VFIO_PCI_MSIX_IRQ_INDEX));
	close(fd);
}

TEST_HARNESS_MAIN
