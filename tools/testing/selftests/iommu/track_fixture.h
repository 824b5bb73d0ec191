/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the suites about what devices write: a page table that tracks
 * it, and a model of which leaves are dirty. Include once per suite.
 */
#ifndef SELFTESTS_IOMMU_TRACK_FIXTURE_H
#define SELFTESTS_IOMMU_TRACK_FIXTURE_H

#include "../kselftest_harness.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/check.h"
#include "lib/hugepage.h"
#include "lib/iommu.h"
#include "lib/memory.h"
#include "lib/mock.h"

/* In the mock's aperture, a multiple of all leaves */
#define IOVA 0x10000000ULL

/* Memory that is mapped as often as it takes */
#define CHUNK MEM_2M

FIXTURE(track)
{
	int fd;
	__u32 ioas;
	__u32 hwpt;
	size_t length;		/* bytes that are mapped from IOVA on */
	size_t leaf;		/* bytes of a leaf */
	char *memory;		/* CHUNK bytes */
	struct mock_device dev;
	size_t nleaves;
	bool *dirty;		/* by leaf: what the test has written */
	unsigned char *bitmap;	/* a bit for each smallest page, and more */
	size_t bitmap_size;	/* whole pages */
};

/* Copies share the memory, and are areas of their own. */
static inline int track_map(struct _test_data_track *self)
{
	size_t chunk = self->length < CHUNK ? self->length : CHUNK, at;
	int rc = iommu_map_at(self->fd, self->ioas, self->memory, chunk, IOVA,
			      IOMMU_MAP_RW);

	for (at = chunk; !rc && at < self->length; at += chunk)
		rc = iommu_copy_at(self->fd, self->ioas, IOVA + at, self->ioas,
				   IOVA, chunk, IOMMU_MAP_RW);
	return rc;
}

static inline int track_open(struct _test_data_track *self, size_t length,
			     bool huge)
{
	size_t page = mem_page_size();
	int rc;

	srandom(1);
	self->length = length;
	self->leaf = huge ? MOCK_HUGE_PAGE_SIZE : MOCK_PAGE_SIZE;
	self->nleaves = length / self->leaf;
	self->dirty = calloc(self->nleaves, sizeof(*self->dirty));
	self->bitmap_size = length / MOCK_PAGE_SIZE / 8;
	self->bitmap_size = (self->bitmap_size + 2 * page - 1) / page * page;
	self->bitmap = mem_alloc(self->bitmap_size);
	self->memory = mem_alloc_aligned(CHUNK, MEM_2M);
	if (!self->dirty || !self->bitmap || !self->memory)
		return -ENOMEM;
	rc = mock_set_huge(huge);
	if (!rc && huge)
		rc = hugepage_make(self->memory, CHUNK);
	if (rc)
		return rc;
	self->fd = iommu_open();
	if (self->fd < 0)
		return self->fd;
	rc = iommu_ioas_alloc(self->fd, &self->ioas);
	if (!rc)
		rc = mock_attach(self->fd, self->ioas, &self->dev);
	if (!rc)
		rc = iommu_hwpt_alloc_flags(self->fd, self->dev.idev,
					    self->ioas,
					    IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					    &self->hwpt);
	return rc ?: track_map(self);
}

FIXTURE_TEARDOWN(track)
{
	close(self->fd);
	mock_set_huge(false);
	mem_free(self->memory, CHUNK);
	mem_free(self->bitmap, self->bitmap_size);
	free(self->dirty);
}

static inline bool track_bit(const unsigned char *bitmap, size_t bit)
{
	return bitmap[bit / 8] & 1 << bit % 8;
}

/* A device writes to some leaves, one in @one_in on average. */
static inline int track_write(struct _test_data_track *self,
			      unsigned int one_in)
{
	size_t size = (self->nleaves + 7) / 8, i, n = 0;
	unsigned char *bits = calloc(1, size + 8);
	__u64 count = ~0ULL;
	int rc;

	if (!bits)
		return -ENOMEM;
	for (i = 0; i < self->nleaves; i++) {
		if (random() % one_in)
			continue;
		bits[i / 8] |= 1 << i % 8;
		self->dirty[i] = true;
		n++;
	}
	rc = mock_mark_dirty(self->fd, self->hwpt, IOVA, self->length,
			     self->leaf, bits, &count);
	free(bits);
	return rc ?: count == n ? 0 : -ENODATA;
}

/* Forget what was written in a range of leaves. */
static inline void track_forget(struct _test_data_track *self, size_t first,
				size_t count)
{
	memset(self->dirty + first, 0, count * sizeof(*self->dirty));
}

/* Is any leaf dirty of which a part is in a range? */
static inline bool track_is_dirty(struct _test_data_track *self, size_t offset,
				  size_t length)
{
	size_t i;

	for (i = offset / self->leaf; i * self->leaf < offset + length; i++)
		if (self->dirty[i])
			return true;
	return false;
}

/* Read a range into the empty bitmap: these bits, and no others. */
static inline int track_check(struct _test_data_track *self, size_t offset,
			      size_t length, size_t page_size, __u32 flags)
{
	size_t nbits = length / page_size, bit;
	int rc;

	memset(self->bitmap, 0, self->bitmap_size);
	rc = iommu_read_dirty(self->fd, self->hwpt, flags, IOVA + offset,
			      length, page_size, self->bitmap);
	if (rc)
		return rc;
	for (bit = 0; bit < self->bitmap_size * 8; bit++) {
		bool want = bit < nbits &&
			    track_is_dirty(self, offset + bit * page_size,
					   page_size);

		if (want != track_bit(self->bitmap, bit))
			return want ? -ENODATA : -EBADMSG;
	}
	return 0;
}

#endif
