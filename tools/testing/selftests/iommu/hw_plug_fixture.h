/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the suites that plug cards into a group, and take them out:
 *
 *	root port, slot 10 --- near: edu, which a context may have
 *	root port, slot 11 --- far: empty
 *
 * Nothing isolates the root ports, so that all of this is one group. Include
 * once per suite.
 */
#ifndef SELFTESTS_IOMMU_HW_PLUG_FIXTURE_H
#define SELFTESTS_IOMMU_HW_PLUG_FIXTURE_H

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/group.h"
#include "lib/hw.h"
#include "lib/monitor.h"
#include "lib/pci_config.h"
#include "lib/slot.h"

#define NEAR 10
#define FAR 11
#define IOVA 0x100000ULL

#define EDU "edu,dma_mask=0xffffffffffffffff"
/* The kernel has a driver for it */
#define CARD "e1000"
#define CARD_DRIVER "e1000"

/* The card of a slot as a device */
struct end {
	struct slot slot;
	struct vfio_dev dev;
	struct edu edu;
};

FIXTURE(plug)
{
	int monitor;
	struct end near;
	struct end far;
	int ours;	/* two contexts */
	int theirs;
	__u32 ioas_id;	/* of ours, with both pages of memory at IOVA */
	size_t page;
	char *memory;
};

static inline int take_and_open(struct end *end)
{
	return pci_unbind_driver(end->slot.card) ?:
	       pci_probe_with(end->slot.card, "vfio-pci") ?:
	       vfio_open(&end->dev, end->slot.card);
}

static inline int bind_and_attach(struct _test_data_plug *self, struct end *end)
{
	return take_and_open(end) ?: vfio_bind(&end->dev, self->ours) ?:
	       vfio_attach(&end->dev, self->ioas_id);
}

static inline int make_room(struct _test_data_plug *self)
{
	__u32 ioas_id;
	int rc;

	rc = iommu_ioas_alloc(self->ours, &ioas_id);
	if (rc)
		return rc;
	self->ioas_id = ioas_id;
	return iommu_map_at(self->ours, ioas_id, self->memory,
			    2 * self->page, IOVA, IOMMU_MAP_RW);
}

/* Also what a test before this one has left behind; both slots side by side */
static inline void empty_slots(struct _test_data_plug *self)
{
	struct end *ends[] = { &self->near, &self->far };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		vfio_close(&ends[i]->dev);
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		slot_end_unplug(&ends[i]->slot);
		if (!slot_is_empty(&ends[i]->slot))
			slot_start_unplug(self->monitor, &ends[i]->slot);
	}
	for (i = 0; i < ARRAY_SIZE(ends); i++)
		slot_end_unplug(&ends[i]->slot);
}

FIXTURE_SETUP(plug)
{
	self->near.dev.fd = -1;
	self->far.dev.fd = -1;
	self->monitor = monitor_open();
	if (self->monitor == -ENODEV)
		SKIP_FROM_SETUP("no port that leads to QEMU's monitor");
	ASSERT_LE(0, self->monitor);
	ASSERT_OK(slot_find(&self->near.slot, NEAR));
	ASSERT_OK(slot_find(&self->far.slot, FAR));
	self->page = mem_page_size();
	self->memory = mem_alloc(2 * self->page);
	ASSERT_NE(NULL, self->memory);
	self->ours = iommu_open();
	self->theirs = iommu_open();
	ASSERT_LE(0, self->ours);
	ASSERT_LE(0, self->theirs);
	ASSERT_OK(make_room(self));
	empty_slots(self);
	ASSERT_OK(slot_plug(self->monitor, &self->near.slot, EDU));
}

FIXTURE_TEARDOWN(plug)
{
	empty_slots(self);
	close(self->ours);
	close(self->theirs);
	mem_free(self->memory, 2 * self->page);
	close(self->monitor);
}

/* Copy from the first page to the second one and compare */
static inline int round_trip(struct _test_data_plug *self, struct end *end,
			     __u32 seed)
{
	char *copy = self->memory + self->page;
	int rc;

	mem_fill(self->memory, EDU_BUFFER_SIZE, seed);
	memset(copy, 0, EDU_BUFFER_SIZE);
	rc = edu_load(&end->edu, IOVA, EDU_BUFFER_SIZE) ?:
	     edu_store(&end->edu, IOVA + self->page, EDU_BUFFER_SIZE);
	if (rc)
		return rc;
	return mem_is_filled(copy, EDU_BUFFER_SIZE, seed) ? 0 : -EILSEQ;
}

/* The near device in our space, and at work */
static inline int own_near(struct _test_data_plug *self)
{
	return bind_and_attach(self, &self->near) ?:
	       edu_init(&self->near.edu, &self->near.dev) ?:
	       round_trip(self, &self->near, 1);
}

static inline int look(struct _test_data_plug *self, struct group_info *info)
{
	return group_info_of_id(self->ours, self->near.dev.dev_id, info);
}

static inline int plug_far(struct _test_data_plug *self, const char *device)
{
	return slot_plug(self->monitor, &self->far.slot, device);
}

static inline int unplug_far(struct _test_data_plug *self)
{
	return slot_unplug(self->monitor, &self->far.slot);
}

static inline int far_use(struct _test_data_plug *self)
{
	return pci_read_use(self->far.slot.card);
}

#endif
