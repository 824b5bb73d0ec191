/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What it costs to let devices reach memory: by /dev/iommu, and by the older
 * container of VFIO ("type1") in the same boot, with the same memory.
 */
#ifndef QEMU_BENCH_MAP_H
#define QEMU_BENCH_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KIB	(1UL << 10)
#define MIB	(1UL << 20)
#define GIB	(1UL << 30)

/* Where everything is mapped. Aligned for pages of any size. */
#define MAP_IOVA	(1UL << 32)

/* map_memory.c */

/**
 * struct memory - Memory of one kind, in one piece of addresses
 * @page: bytes of its pages
 * @huge: pages are from a pool, of hugetlbfs
 * @thp: the kernel is asked to make huge pages of ordinary ones
 * @scattered: no two pages that follow one another are neighbours
 * @file: it is of a file, for who maps by file
 * @limit: bytes of real memory at most; the same comes again after that
 * @start: first address, by memory_make()
 * @length: bytes of addresses
 * @real: bytes of real memory
 * @fd: the file, or -1
 */
struct memory {
	size_t page;
	bool huge, thp, scattered, file;
	size_t limit;

	char *start;
	size_t length, real;
	int fd;
};

int memory_make(struct memory *memory, size_t length);
size_t memory_runs(const struct memory *memory, size_t length);

/* map_way.c */

/**
 * struct way - One way to map for DMA
 * @name: as in the results
 * @open: have a device with an empty address space
 * @close: give it back
 * @map: map bytes of memory at an IOVA
 * @unmap: take it back
 * @join: let a second device have the same address space
 * @leave: not any more
 *
 * All return 0 or a negative errno.
 */
struct way {
	const char *name;
	int (*open)(void);
	void (*close)(void);
	int (*map)(const struct memory *memory, size_t offset, size_t length,
		   uint64_t iova);
	int (*unmap)(uint64_t iova, size_t length);
	int (*join)(void);
	int (*leave)(void);
};

extern const struct way map_ways[];
extern const size_t map_nr_ways;

/* What only /dev/iommu has, with way "iommufd" open. */
int iommufd_map_file(const struct memory *memory, size_t offset, size_t length,
		     uint64_t iova);
int iommufd_attach(void);
int iommufd_detach(void);
int iommufd_split(void);
int iommufd_unsplit(void);
int iommufd_copy(size_t length);
int iommufd_uncopy(size_t length);

/* map.c */
void bench_map(char *filter);

#endif
