// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk works as fast as it can, many transfers at once, while it moves to and
 * fro between two address spaces: not one transfer fails, and each page is in
 * one of the two. For hardware that exchanges page tables under a device.
 */
#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/fault.h"
#include "lib/iommu.h"
#include "lib/loop.h"
#include "lib/memory.h"
#include "lib/nvme.h"
#include "lib/pci.h"

#define QUEUES	0x100000ULL
#define DATA	0x4000000ULL
#define SLOTS	16
#define ROUNDS	200

/* Page n of the disk has this */
#define ON_DISK(n) (n)
/* What is written from the first space, and from the second */
#define OURS(n) (50 + (n))
#define THEIRS(n) (100 + (n))

/*
 *	           first               second
 *	QUEUES     queues              queues
 *	DATA       ours, SLOTS pages   theirs, SLOTS pages
 */
FIXTURE(nvme)
{
	struct pci_dev pci;
	struct vfio_dev vfio;
	struct nvme nvme;
	int fd;
	__u32 first;
	__u32 second;
	__u32 table;	/* of second */
	unsigned int turn;
	char *queues;
	char *ours;
	char *theirs;
};

static char *page_of(char *memory, unsigned int slot)
{
	return memory + slot * NVME_PAGE;
}

static int map(struct _test_data_nvme *self, __u32 space, void *va, size_t size,
	       __u64 iova)
{
	return iommu_map_at(self->fd, space, va, size, iova, IOMMU_MAP_RW);
}

static int make_spaces(struct _test_data_nvme *self)
{
	return iommu_ioas_alloc(self->fd, &self->first) ?:
	       iommu_ioas_alloc(self->fd, &self->second) ?:
	       map(self, self->first, self->queues, NVME_QUEUE_BYTES, QUEUES) ?:
	       map(self, self->second, self->queues, NVME_QUEUE_BYTES,
		   QUEUES) ?:
	       iommu_hwpt_alloc(self->fd, self->vfio.dev_id, self->second,
				&self->table) ?:
	       vfio_attach(&self->vfio, self->first);
}

static int bring_up(struct _test_data_nvme *self)
{
	return pci_take(&self->pci) ?:
	       vfio_open(&self->vfio, self->pci.name) ?:
	       vfio_bind(&self->vfio, self->fd) ?: make_spaces(self) ?:
	       nvme_init(&self->nvme, &self->vfio, self->queues, QUEUES);
}

FIXTURE_SETUP(nvme)
{
	const size_t size = NVME_QUEUE_BYTES + 2 * SLOTS * NVME_PAGE;

	self->vfio.fd = -1;
	self->queues = mem_alloc(size);
	ASSERT_NE(NULL, self->queues);
	self->ours = self->queues + NVME_QUEUE_BYTES;
	self->theirs = self->ours + SLOTS * NVME_PAGE;
	self->fd = iommu_open();
	ASSERT_LE(0, self->fd);
	if (pci_find(PCI_ID_NVME, PCI_ALONE, 0, &self->pci))
		SKIP_FROM_SETUP("no disk alone in its IOMMU group");
	ASSERT_OK(bring_up(self));
}

FIXTURE_TEARDOWN(nvme)
{
	vfio_close(&self->vfio);
	close(self->fd);
	pci_give_back(&self->pci);
	mem_free(self->queues, NVME_QUEUE_BYTES + 2 * SLOTS * NVME_PAGE);
}

static int map_data(struct _test_data_nvme *self, char *in_first,
		    char *in_second)
{
	return map(self, self->first, in_first, SLOTS * NVME_PAGE, DATA) ?:
	       map(self, self->second, in_second, SLOTS * NVME_PAGE, DATA);
}

/* All slots at once, one page each */
static int transfer(struct _test_data_nvme *self, enum nvme_direction way)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		nvme_start(&self->nvme, way, i, DATA + i * NVME_PAGE, 1);
	return nvme_wait(&self->nvme);
}

/* Write the disk's content from where the device is, the first space */
static int fill_disk(struct _test_data_nvme *self)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		mem_fill(page_of(self->ours, i), NVME_PAGE, ON_DISK(i));
	return transfer(self, NVME_TO_DISK);
}

static int move(void *data)
{
	struct _test_data_nvme *self = data;

	return vfio_attach(&self->vfio,
			   self->turn++ % 2 ? self->first : self->table);
}

static bool is_zero(const char *p)
{
	size_t i;

	for (i = 0; i < NVME_PAGE && !p[i]; i++)
		;
	return i == NVME_PAGE;
}

TEST_F(nvme, each_read_is_in_one_of_the_two)
{
	int i, round, in_first = 0, in_second = 0, wrong = 0;
	struct loop moves;

	ASSERT_OK(map_data(self, self->ours, self->theirs));
	ASSERT_OK(fill_disk(self));
	ASSERT_OK(loop_start(&moves, move, self));
	for (round = 0; round < ROUNDS; round++) {
		memset(self->ours, 0, SLOTS * NVME_PAGE);
		memset(self->theirs, 0, SLOTS * NVME_PAGE);
		ASSERT_OK(transfer(self, NVME_FROM_DISK));
		for (i = 0; i < SLOTS; i++) {
			char *ours = page_of(self->ours, i);
			char *theirs = page_of(self->theirs, i);

			if (mem_is_filled(ours, NVME_PAGE, ON_DISK(i)) &&
			    is_zero(theirs))
				in_first++;
			else if (mem_is_filled(theirs, NVME_PAGE, ON_DISK(i)) &&
				 is_zero(ours))
				in_second++;
			else
				wrong++;
		}
	}
	EXPECT_OK(loop_stop(&moves));
	TH_LOG("%d in the first, %d in the second, %u moves", in_first,
	       in_second, moves.rounds);
	EXPECT_LT(1, moves.rounds);
	EXPECT_EQ(0, wrong);
}

TEST_F(nvme, each_write_is_of_one_of_the_two)
{
	int i, round, of_first = 0, of_second = 0, wrong = 0;
	struct loop moves;

	ASSERT_OK(map_data(self, self->ours, self->theirs));
	for (round = 0; round < ROUNDS / 2; round++) {
		ASSERT_OK(fill_disk(self));
		for (i = 0; i < SLOTS; i++) {
			mem_fill(page_of(self->ours, i), NVME_PAGE, OURS(i));
			mem_fill(page_of(self->theirs, i), NVME_PAGE,
				 THEIRS(i));
		}
		ASSERT_OK(loop_start(&moves, move, self));
		ASSERT_OK(transfer(self, NVME_TO_DISK));
		ASSERT_OK(loop_stop(&moves));

		ASSERT_OK(vfio_attach(&self->vfio, self->first));
		memset(self->ours, 0, SLOTS * NVME_PAGE);
		ASSERT_OK(transfer(self, NVME_FROM_DISK));
		for (i = 0; i < SLOTS; i++) {
			char *read = page_of(self->ours, i);

			if (mem_is_filled(read, NVME_PAGE, OURS(i)))
				of_first++;
			else if (mem_is_filled(read, NVME_PAGE, THEIRS(i)))
				of_second++;
			else
				wrong++;
		}
	}
	TH_LOG("%d of the first, %d of the second", of_first, of_second);
	EXPECT_EQ(0, wrong);
}

/* Transfers of two pages, which may find themselves in either space. */
static int read_pairs(void *data)
{
	struct _test_data_nvme *self = data;
	int i, rc;

	memset(self->ours, 0, SLOTS * NVME_PAGE);
	for (i = 0; i < SLOTS; i += 2)
		nvme_start(&self->nvme, NVME_FROM_DISK, i,
			   DATA + i * NVME_PAGE, 2);
	rc = nvme_wait(&self->nvme);
	for (i = 0; !rc && i < SLOTS; i++) {
		if (!mem_is_filled(page_of(self->ours, i), NVME_PAGE,
				   ON_DISK(i)))
			rc = -EILSEQ;
	}
	return rc;
}

TEST_F(nvme, memory_that_both_have_is_always_there)
{
	struct loop moves;
	int round;

	ASSERT_OK(map_data(self, self->ours, self->ours));
	ASSERT_OK(fill_disk(self));
	ASSERT_OK(loop_start(&moves, move, self));
	for (round = 0; round < ROUNDS; round++)
		EXPECT_OK(read_pairs(self));
	EXPECT_OK(loop_stop(&moves));
	TH_LOG("%d batches, %u moves", round, moves.rounds);
	EXPECT_LT(1, moves.rounds);
}

/*
 * Each allocation of a move fails in turn: to a space that has no page table
 * yet, and to a page table. The disk does not notice.
 */
TEST_F(nvme, moves_that_fail_at_any_step_disturb_nothing)
{
	__u32 to[2];
	struct loop reading;
	int i, rc;

	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	to[0] = self->second;
	to[1] = self->table;
	ASSERT_OK(map_data(self, self->ours, self->ours));
	ASSERT_OK(fill_disk(self));
	ASSERT_OK(loop_start(&reading, read_pairs, self));
	for (i = 0; i < 2; i++) {
		struct fault_sweep sweep = {};
		unsigned int failed = 0;

		while (fault_next(&sweep)) {
			rc = vfio_attach(&self->vfio, to[i]);
			sweep.fired = fault_disarm();
			ASSERT_TRUE(sweep.fired || !rc);
			failed += !!rc;
			if (!rc)
				ASSERT_OK(vfio_attach(&self->vfio,
						      self->first));
		}
		TH_LOG("%u allocations, %u moves failed", sweep.nth - 1,
		       failed);
		EXPECT_TRUE(fault_swept(&sweep));
	}
	EXPECT_OK(loop_stop(&reading));
	EXPECT_LT(1, reading.rounds);
}

TEST_HARNESS_MAIN
