/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the map of areas uses of the kernel, on top of ../shim/: locks that know
 * who holds them, domains that remember what they are told, and memory that is
 * nothing but numbers. The trees are the kernel's own.
 */
#ifndef __IOVA_SHIM_KERNEL_H
#define __IOVA_SHIM_KERNEL_H

#include <linux/types.h>

#include "../shim/memory.h"

#define __aligned_u64		u64
/* There is one thread */
#define smp_load_acquire(p)		(*(p))
/* The same here */
#define smp_store_release(p, value)	((void)(*(p) = (value)))
#define unlikely(x)		(x)
#define rcu_assign_pointer(p, v)	((p) = (v))

#define ULONG_MAX		(~0UL)
#define __ffs(x)		((unsigned long)__builtin_ctzl(x))

/* As small as the test's address space, so that room for them gets scarce. */
#define PMD_SIZE		(4 * PAGE_SIZE)
#define PUD_SIZE		(16 * PAGE_SIZE)

#define IOMMU_CACHE		0x4

/* One thread: whoever would wait waits for itself. */
struct rw_semaphore {
	int held; /* -1: for writing */
};

static inline void init_rwsem(struct rw_semaphore *sem)
{
	sem->held = 0;
}

static inline void down_read(struct rw_semaphore *sem)
{
	assert(!sem->held);
	sem->held = 1;
}

static inline void up_read(struct rw_semaphore *sem)
{
	assert(sem->held == 1);
	sem->held = 0;
}

static inline void down_write(struct rw_semaphore *sem)
{
	assert(!sem->held);
	sem->held = -1;
}

static inline void up_write(struct rw_semaphore *sem)
{
	assert(sem->held == -1);
	sem->held = 0;
}

static inline int down_read_killable(struct rw_semaphore *sem)
{
	if (fatal_signal_pending(current))
		return -EINTR;
	down_read(sem);
	return 0;
}

static inline int down_write_killable(struct rw_semaphore *sem)
{
	if (fatal_signal_pending(current))
		return -EINTR;
	down_write(sem);
	return 0;
}

#define lockdep_assert_held_read(sem)	assert((sem)->held == 1)
#define lockdep_assert_held_write(sem)	assert((sem)->held == -1)

/* In-kernel users: a stand-in for those is in world.c. */
#define spinlock_t		int
#define wait_queue_head_t	int

#define init_waitqueue_head(queue)	((void)(queue))

/* A domain holds at most as much as a map. */
#define DOMAIN_MAPPINGS		128

/**
 * struct mapping - What was mapped by one call
 * @start: First IOVA
 * @last: Last IOVA
 * @pages: Of what
 * @offset: From the start of their first page
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE
 */
struct mapping {
	unsigned long start;
	unsigned long last;
	struct iommufd_pages *pages;
	unsigned long offset;
	int prot;
};

struct iommu_domain_geometry {
	unsigned long aperture_start;
	unsigned long aperture_end;
};

/**
 * struct iommu_domain - A domain
 * @pgsize_bitmap: Sizes of its leaves
 * @geometry: What it can translate
 * @mappings: By IOVA
 * @nr: Their number
 */
struct iommu_domain {
	unsigned long pgsize_bitmap;
	struct iommu_domain_geometry geometry;
	struct mapping mappings[DOMAIN_MAPPINGS];
	unsigned int nr;
};

#endif
