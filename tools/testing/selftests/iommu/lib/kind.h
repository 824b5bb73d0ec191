/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kinds of memory: where its pages come from, how large they are, who else has
 * them.
 */
#ifndef SELFTESTS_IOMMU_LIB_KIND_H
#define SELFTESTS_IOMMU_LIB_KIND_H

#include <stdbool.h>
#include <stddef.h>

#define KIND_HUGETLB	(1U << 0)	/* from a pool of huge pages */
#define KIND_FILE	(1U << 1)	/* of a file, else anonymous */
#define KIND_SHARED	(1U << 2)	/* the file's own pages, else copies */

/**
 * struct kind - A kind of memory
 * @flags: KIND_...
 * @page: bytes of its pages, 0 for the CPU's smallest. Without KIND_HUGETLB
 *	the kernel is asked to make pages of 2 MiB, of anonymous memory only
 */
struct kind {
	unsigned int flags;
	size_t page;
};

/*
 * What kind_map_row() makes, each of KIND_SLOT bytes:
 *
 *	+-------+-----+---------+--------+-------------+---------+-------+
 *	| small | THP | hugetlb | shared | private     | hugetlb | small |
 *	|       |     |         | file   | file        | file    |       |
 *	+-------+-----+---------+--------+-------------+---------+-------+
 */
#define KIND_SLOT (2UL << 20)
#define KIND_SLOTS 7

size_t kind_page(const struct kind *kind);
bool kind_missing(const struct kind *kind, size_t length);
int kind_map(const struct kind *kind, void *at, size_t length);
int kind_map_row(void *at);

#endif
