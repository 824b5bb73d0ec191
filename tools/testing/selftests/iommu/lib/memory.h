/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory to map: patterns that tell one page from another, and how much of the
 * process is pinned.
 */
#ifndef SELFTESTS_IOMMU_LIB_MEMORY_H
#define SELFTESTS_IOMMU_LIB_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <linux/types.h>

#define MEM_2M (2UL << 20)

size_t mem_page_size(void);
void *mem_alloc(size_t length);
void *mem_alloc_aligned(size_t length, size_t alignment);
void mem_free(void *p, size_t length);
void mem_fill(void *p, size_t length, __u32 seed);
bool mem_is_filled(const void *p, size_t length, __u32 seed);
__u32 mem_crc32(const void *p, size_t length);
int mem_file(size_t length);
int mem_file_of(size_t length, unsigned int flags);
long mem_pinned_pages(void);
long mem_pinned_pages_of(pid_t pid);

#endif
