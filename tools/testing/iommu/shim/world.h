/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small world behind the functions of memory.h: two processes of one user, the
 * memory of the first one in two adjacent VMAs, some physical memory and two
 * IOMMU domains.
 */
#ifndef __SHIM_WORLD_H
#define __SHIM_WORLD_H

#include "memory.h"
#include "random.h"

#define WORLD_USER_BASE		0x7f0000000000UL
#define WORLD_USER_PAGES	600000UL
#define WORLD_PFNS		BIT(20)
#define WORLD_IOVA_PAGES	(3UL << 18)

/**
 * struct iommu_domain - IOMMU page table, by IOVA in pages
 * @leaf: first page of the leaf that maps the page, plus one; 0: not mapped
 * @npages: size of the leaf, in the entry of its first page
 * @pfn: page frame that the page is mapped to
 * @prot: what the leaf allows, in the entry of its first page
 */
struct iommu_domain {
	unsigned int leaf[WORLD_IOVA_PAGES];
	unsigned int npages[WORLD_IOVA_PAGES];
	unsigned int pfn[WORLD_IOVA_PAGES];
	int prot[WORLD_IOVA_PAGES];
};

/**
 * struct world - the state of all
 * @user_pfn: page frame of each user page
 * @present: user page can be pinned without a fault
 * @hole: first user page that cannot be had, or ULONG_MAX
 * @pins: pins of each page frame
 * @mapped: IOMMU mappings of each page frame
 * @stale: mappings that are gone, but maybe still in an IOTLB
 * @total_pins: sum of @pins
 * @dirtied: pages that were unpinned as dirty
 * @syncs: IOTLB flushes
 * @readonly: the pins to come are for devices that only read
 * @lazy_iommu: one in so many leaves runs out of memory, 0: none
 * @kill_after: calls until a fatal signal, -1: never
 */
struct world {
	unsigned int user_pfn[WORLD_USER_PAGES];
	bool present[WORLD_USER_PAGES];
	unsigned long hole;
	unsigned short pins[WORLD_PFNS];
	unsigned short mapped[WORLD_PFNS];
	unsigned short stale[WORLD_PFNS];
	unsigned long total_pins;
	unsigned long dirtied;
	unsigned long syncs;
	bool readonly;
	unsigned long lazy_iommu;
	long kill_after;
};

extern struct world world;
extern struct iommu_domain domains[2];
extern struct task_struct tasks[2];
extern struct mm_struct mms[2];
extern struct user_struct user;

struct iommufd_pages;

bool iommufd_singles_match_locked(struct iommufd_pages *pages);

void world_init(void);
void world_new_layout(void);
void world_set_vmas(unsigned long split, unsigned long flags0,
		    unsigned long flags1);

#endif
