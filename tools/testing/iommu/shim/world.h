/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small world behind the functions of memory.h: two processes of one user and
 * one of another, all with the same memory in two adjacent VMAs, some physical memory
 * and two IOMMU domains.
 */
#ifndef __SHIM_WORLD_H
#define __SHIM_WORLD_H

#include "memory.h"
#include "random.h"

#define WORLD_USER_BASE		0x7f0000000000UL
#define WORLD_USER_PAGES	600000UL
#define WORLD_TASKS		3
/* One of each task, and others for when it executes another program. */
#define WORLD_MMS		(2 * WORLD_TASKS)
#define WORLD_USERS		2
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
 * @leaves: pins of a leaf that begins with this page frame
 * @mapped: IOMMU mappings of each page frame
 * @stale: mappings that are gone, but maybe still in an IOTLB
 * @total_pins: sum of @pins
 * @dirtied: pages that were unpinned as dirty
 * @written: bytes that were copied to memory
 * @syncs: IOTLB flushes
 * @readonly: the pins to come are for devices that only read
 * @lazy_iommu: one in so many leaves runs out of memory, 0: none
 * @kill_after: calls until a fatal signal, -1: never
 * @meanwhile: what another thread does once while pages are pinned, or NULL
 */
struct world {
	unsigned int user_pfn[WORLD_USER_PAGES];
	bool present[WORLD_USER_PAGES];
	unsigned long hole;
	unsigned short pins[WORLD_PFNS];
	unsigned short leaves[WORLD_PFNS];
	unsigned short mapped[WORLD_PFNS];
	unsigned short stale[WORLD_PFNS];
	unsigned long total_pins;
	unsigned long dirtied;
	unsigned long written;
	unsigned long syncs;
	bool readonly;
	unsigned long lazy_iommu;
	long kill_after;
	void (*meanwhile)(void);
};

extern struct world world;
extern struct iommu_domain domains[2];
extern struct task_struct tasks[WORLD_TASKS];
extern struct mm_struct mms[WORLD_MMS];
extern struct user_struct users[WORLD_USERS];

void world_init(void);
void world_new_layout(void);
void world_fill(unsigned long user_page, size_t offset, unsigned char *data,
		size_t length);
void world_set_vmas(unsigned long split, unsigned long flags0,
		    unsigned long flags1);

#endif
