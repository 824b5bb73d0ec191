// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mock's page table. Nothing walks it in hardware, so it is what is easy to
 * get right: each leaf is one value in an array. It behaves like a real table
 * where that can be seen: leaves have a few sizes, hold a dirty bit, cannot be
 * mapped twice, and are unmapped as a whole.
 */
#include <linux/align.h>
#include <linux/iommu.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "iommufd_test.h"
#include "mock_table.h"

/* A leaf as a value: bits, and the address in units of MOCK_PAGE_SIZE above */
#define LEAF_READ	BIT(0)
#define LEAF_WRITE	BIT(1)
#define LEAF_DIRTY	BIT(2)
#define LEAF_PHYS_SHIFT	3

static const unsigned int leaf_shift[IOMMUFD_MOCK_LEAF_KINDS] = {
	const_ilog2(MOCK_PAGE_SIZE), const_ilog2(MOCK_HUGE_PAGE_SIZE),
};

static void *pack_leaf(const struct iommufd_mock_leaf *leaf)
{
	unsigned long value = leaf->phys / MOCK_PAGE_SIZE << LEAF_PHYS_SHIFT;

	if (leaf->prot & IOMMU_READ)
		value |= LEAF_READ;
	if (leaf->prot & IOMMU_WRITE)
		value |= LEAF_WRITE;
	if (leaf->dirty)
		value |= LEAF_DIRTY;
	return xa_mk_value(value);
}

static void unpack_leaf(void *entry, unsigned long iova, unsigned int kind,
			struct iommufd_mock_leaf *leaf)
{
	unsigned long value = xa_to_value(entry);

	leaf->size = BIT(leaf_shift[kind]);
	leaf->iova = ALIGN_DOWN(iova, leaf->size);
	leaf->phys = (value >> LEAF_PHYS_SHIFT) * MOCK_PAGE_SIZE;
	leaf->prot = (value & LEAF_READ ? IOMMU_READ : 0) |
		     (value & LEAF_WRITE ? IOMMU_WRITE : 0);
	leaf->dirty = value & LEAF_DIRTY;
}

/**
 * iommufd_mock_table_init() - Make an empty table
 * @table: Not in use yet
 */
void iommufd_mock_table_init(struct iommufd_mock_table *table)
{
	unsigned int kind;

	for (kind = 0; kind < IOMMUFD_MOCK_LEAF_KINDS; kind++)
		xa_init_flags(&table->leaves[kind], XA_FLAGS_ACCOUNT);
	atomic_long_set(&table->nr_leaves, 0);
}

/**
 * iommufd_mock_table_destroy() - Free a table
 * @table: Empty, or whoever mapped something has forgotten about it
 */
void iommufd_mock_table_destroy(struct iommufd_mock_table *table)
{
	unsigned int kind;

	for (kind = 0; kind < IOMMUFD_MOCK_LEAF_KINDS; kind++) {
		WARN_ON(!xa_empty(&table->leaves[kind]));
		xa_destroy(&table->leaves[kind]);
	}
}

/* Is there a leaf of any size in the place of a new one? */
static bool is_taken(struct iommufd_mock_table *table,
		     const struct iommufd_mock_leaf *leaf)
{
	unsigned int kind;

	for (kind = 0; kind < IOMMUFD_MOCK_LEAF_KINDS; kind++) {
		unsigned long first = leaf->iova >> leaf_shift[kind];
		unsigned long last = (leaf->iova + leaf->size - 1) >>
				     leaf_shift[kind];

		if (xa_find(&table->leaves[kind], &first, last, XA_PRESENT))
			return true;
	}
	return false;
}

/**
 * iommufd_mock_table_map() - Add a leaf
 * @table: Where
 * @leaf: Of one of the sizes, both addresses multiples of it
 * @gfp: How to allocate
 *
 * Return: 0; -EEXIST when there is another leaf in its place; -ENOMEM
 */
int iommufd_mock_table_map(struct iommufd_mock_table *table,
			   const struct iommufd_mock_leaf *leaf, gfp_t gfp)
{
	unsigned int kind = leaf->size == MOCK_HUGE_PAGE_SIZE;
	int rc;

	if (is_taken(table, leaf))
		return -EEXIST;
	rc = xa_insert(&table->leaves[kind], leaf->iova >> leaf_shift[kind],
		       pack_leaf(leaf), gfp);
	if (!rc)
		atomic_long_inc(&table->nr_leaves);
	return rc == -EBUSY ? -EEXIST : rc;
}

/* Gives the number of bytes from @iova to the end of the leaf that was there. */
static size_t unmap_leaf(struct iommufd_mock_table *table, unsigned long iova)
{
	unsigned int kind;

	for (kind = 0; kind < IOMMUFD_MOCK_LEAF_KINDS; kind++) {
		unsigned int shift = leaf_shift[kind];

		if (!xa_erase(&table->leaves[kind], iova >> shift))
			continue;
		atomic_long_dec(&table->nr_leaves);
		return BIT(shift) - (iova & (BIT(shift) - 1));
	}
	return 0;
}

/**
 * iommufd_mock_table_unmap() - Remove leaves
 * @table: Where
 * @iova: First address
 * @length: Bytes
 *
 * As with real tables, a leaf that reaches across an end of the range goes as a
 * whole. Stops at a hole. Never allocates.
 *
 * Return: bytes from @iova to the end of what was removed, 0 when there was
 * nothing at @iova. Can be more than @length
 */
size_t iommufd_mock_table_unmap(struct iommufd_mock_table *table,
				unsigned long iova, size_t length)
{
	size_t done = 0, size;

	while (done < length) {
		size = unmap_leaf(table, iova + done);
		if (!size)
			break;
		done += size;
	}
	return done;
}

/**
 * iommufd_mock_table_find() - What is at an address?
 * @table: Where
 * @iova: The address
 * @leaf: The leaf that has it
 *
 * Return: false when there is nothing
 */
bool iommufd_mock_table_find(struct iommufd_mock_table *table,
			     unsigned long iova,
			     struct iommufd_mock_leaf *leaf)
{
	unsigned int kind;
	void *entry;

	for (kind = 0; kind < IOMMUFD_MOCK_LEAF_KINDS; kind++) {
		entry = xa_load(&table->leaves[kind], iova >> leaf_shift[kind]);
		if (entry) {
			unpack_leaf(entry, iova, kind, leaf);
			return true;
		}
	}
	return false;
}

/* Replaces a value by a value: needs no memory. */
static void set_leaf_dirty(struct xarray *leaves, unsigned long index,
			   bool dirty)
{
	unsigned long value;
	void *entry;

	xa_lock(leaves);
	entry = xa_load(leaves, index);
	if (entry) {
		value = xa_to_value(entry) & ~LEAF_DIRTY;
		__xa_store(leaves, index,
			   xa_mk_value(value | (dirty ? LEAF_DIRTY : 0)), 0);
	}
	xa_unlock(leaves);
}

/**
 * iommufd_mock_table_mark_dirty() - A device writes
 * @table: Where
 * @iova: First address
 * @length: Bytes
 *
 * Return: whether anything is mapped in the range
 */
bool iommufd_mock_table_mark_dirty(struct iommufd_mock_table *table,
				   unsigned long iova, size_t length)
{
	bool any = false;
	unsigned int kind;

	for (kind = 0; kind < IOMMUFD_MOCK_LEAF_KINDS; kind++) {
		unsigned long first = iova >> leaf_shift[kind];
		unsigned long last = (iova + length - 1) >> leaf_shift[kind];
		unsigned long index;
		void *entry;

		xa_for_each_range(&table->leaves[kind], index, entry, first,
				  last) {
			set_leaf_dirty(&table->leaves[kind], index, true);
			any = true;
			cond_resched();
		}
	}
	return any;
}

static void read_leaf(struct xarray *leaves, const struct iommufd_mock_leaf *leaf,
		      unsigned long first, unsigned long last,
		      unsigned long flags, struct iommu_dirty_report *report)
{
	unsigned long from = max(leaf->iova, first);
	unsigned long to = min(leaf->iova + leaf->size - 1, last);

	report->record(report, from, to - from + 1);
	if (flags & IOMMU_DIRTY_NO_CLEAR || to - from + 1 < leaf->size)
		return;
	set_leaf_dirty(leaves, leaf->iova / leaf->size, false);
	iommu_iotlb_gather_add_range(&report->gather, leaf->iova, leaf->size);
}

/**
 * iommufd_mock_table_read_dirty() - read_and_clear_dirty() of a table
 * @table: Where
 * @iova: First address
 * @length: Bytes
 * @flags: IOMMU_DIRTY_NO_CLEAR
 * @report: What is told
 */
void iommufd_mock_table_read_dirty(struct iommufd_mock_table *table,
				   unsigned long iova, size_t length,
				   unsigned long flags,
				   struct iommu_dirty_report *report)
{
	unsigned long last = iova + length - 1;
	unsigned int kind;

	for (kind = 0; kind < IOMMUFD_MOCK_LEAF_KINDS; kind++) {
		unsigned int shift = leaf_shift[kind];
		struct iommufd_mock_leaf leaf;
		unsigned long index;
		void *entry;

		xa_for_each_range(&table->leaves[kind], index, entry,
				  iova >> shift, last >> shift) {
			unpack_leaf(entry, index << shift, kind, &leaf);
			if (leaf.dirty)
				read_leaf(&table->leaves[kind], &leaf, iova,
					  last, flags, report);
		}
	}
}
