// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hugepage.h"
#include "kind.h"
#include "memory.h"

/* Flags of mmap() and memfd_create() have the size of huge pages there. */
#define SIZE_SHIFT 26

static unsigned int size_flags(const struct kind *kind)
{
	return (unsigned int)__builtin_ctzl(kind->page) << SIZE_SHIFT;
}

/**
 * kind_page - How large is a page?
 * @kind: the kind of memory
 */
size_t kind_page(const struct kind *kind)
{
	return kind->page ? kind->page : mem_page_size();
}

/**
 * kind_missing - Is a pool too small, or not there?
 * @kind: the kind of memory
 * @length: bytes that are needed of it
 *
 * Return: whether kind_map() fails for that reason, if nobody else is faster.
 */
bool kind_missing(const struct kind *kind, size_t length)
{
	return kind->flags & KIND_HUGETLB &&
	       hugepage_count(kind->page) < (long)(length / kind->page);
}

static int make_file(const struct kind *kind, size_t length)
{
	return mem_file_of(length, kind->flags & KIND_HUGETLB ?
			   MFD_HUGETLB | size_flags(kind) : 0);
}

/* Have the pages there, but no copies of a file's */
static int populate(const struct kind *kind, void *at, size_t length)
{
	bool copies = (kind->flags & (KIND_FILE | KIND_SHARED)) == KIND_FILE;

	if (kind->page && !(kind->flags & KIND_HUGETLB))
		return hugepage_make(at, length);
	if (madvise(at, length,
		    copies ? MADV_POPULATE_READ : MADV_POPULATE_WRITE))
		return -errno;
	return hugepage_check(at, length, kind_page(kind));
}

/**
 * kind_map - Replace memory by that of a kind
 * @kind: which
 * @at: start, aligned to the kind's page; mapped, with anything
 * @length: bytes, a multiple of the kind's page
 *
 * The pages are there and are of the kind's size. The process may read and
 * write them.
 *
 * Return: 0 or a negative errno; -ENOMEM when a pool is empty. What @at has is
 * undefined then.
 */
int kind_map(const struct kind *kind, void *at, size_t length)
{
	int flags = MAP_FIXED, file = -1, rc;

	flags |= kind->flags & KIND_SHARED ? MAP_SHARED : MAP_PRIVATE;
	if (kind->flags & KIND_FILE) {
		file = make_file(kind, length);
		if (file < 0)
			return file;
	} else {
		flags |= MAP_ANONYMOUS;
		if (kind->flags & KIND_HUGETLB)
			flags |= MAP_HUGETLB | size_flags(kind);
	}
	rc = mmap(at, length, PROT_READ | PROT_WRITE, flags, file, 0) ==
		     MAP_FAILED ? -errno : populate(kind, at, length);
	if (file >= 0)
		close(file);
	return rc;
}

/**
 * kind_map_row - Replace memory by pieces of many kinds, side by side
 * @at: start, aligned to KIND_SLOT; KIND_SLOTS of them
 *
 * Return: as kind_map().
 */
int kind_map_row(void *at)
{
	static const struct kind row[KIND_SLOTS] = {
		{ 0 },
		{ .page = MEM_2M },
		{ KIND_HUGETLB, MEM_2M },
		{ KIND_FILE | KIND_SHARED },
		{ KIND_FILE },
		{ KIND_HUGETLB | KIND_FILE | KIND_SHARED, MEM_2M },
		{ 0 },
	};
	size_t i;
	int rc = 0;

	for (i = 0; i < KIND_SLOTS && !rc; i++)
		rc = kind_map(&row[i], (char *)at + i * KIND_SLOT, KIND_SLOT);
	return rc;
}
