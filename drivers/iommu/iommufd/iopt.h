/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_IOPT_H
#define _IOMMUFD_IOPT_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/wait.h>

struct iommu_domain;
struct iommufd_area;
struct iommufd_pages;
struct iommufd_usage;

/**
 * struct iommufd_iopt_domain - A domain that shows what is in an iopt
 * @item: (d) In iopt->domains
 * @domain: (i) The domain. Whoever added it frees it after removing it
 */
struct iommufd_iopt_domain {
	struct list_head item;
	struct iommu_domain *domain;
};

/**
 * struct iommufd_iopt - Which memory is at which IOVA, in all of its domains
 * @domains_rwsem: (d) Read: areas come and go. Write: domains come and go, and
 *                 no area is being worked on. Outside of @iova_rwsem; held
 *                 while memory is pinned and mapped
 * @iova_rwsem: (v) The trees. Nothing is pinned or mapped under it, nor copied
 *              from or to user space
 * @domains: (d) struct iommufd_iopt_domain
 * @areas: (v) struct iommufd_area by IOVA, do not overlap
 * @highest: (v) The one with the highest addresses, or NULL
 * @reserved: (v) Ranges that cannot be mapped, may overlap one another
 * @allowed: (v) Ranges that choices are made from unless it is empty. They do
 *           not overlap one another, nor what is reserved
 * @hole_hint: (v) Below this there is no hole for even one page
 * @usage: (i) Of the context, counts what is mapped here
 * @huge_pages: (d) Whether domains use the largest leaves that fit
 * @alignment: (d) What IOVAs, lengths and memory must be multiples of: the
 *             smallest leaf that all domains have, and pages for users
 *             that pin. Without any, no limit
 * @nr_pinning: (d) In-kernel users that may pin
 * @users_rwsem: (s) Read: users are told of what is unmapped. Outside of
 *                  @iova_rwsem and of locks of in-kernel users
 * @users: (s) struct iommufd_iopt_user
 * @idle: Woken when the last in-kernel user of an area is done with it
 */
struct iommufd_iopt {
	struct rw_semaphore domains_rwsem;
	struct rw_semaphore iova_rwsem;
	struct list_head domains;
	struct rb_root_cached areas;
	struct iommufd_area *highest;
	struct rb_root_cached reserved;
	struct rb_root_cached allowed;
	unsigned long hole_hint;
	struct iommufd_usage *usage;
	bool huge_pages;
	unsigned long alignment;
	unsigned int nr_pinning;
	struct rw_semaphore users_rwsem; /* lock (s) */
	struct list_head users;
	wait_queue_head_t idle;
};

void iommufd_iopt_init(struct iommufd_iopt *iopt, struct iommufd_usage *usage);
void iommufd_iopt_destroy(struct iommufd_iopt *iopt);

/*
 * Told where the kernel has put a mapping, before anybody else can find it. An
 * error takes the mapping back. Called without a lock.
 */
typedef int (*iommufd_iopt_tell_fn)(void *data, unsigned long iova);

int iommufd_iopt_map(struct iommufd_iopt *iopt, struct iommufd_pages *pages,
		     unsigned long iova, unsigned long length, int prot,
		     iommufd_iopt_tell_fn tell, void *data);
int iommufd_iopt_copy(struct iommufd_iopt *dst, unsigned long dst_iova,
		      struct iommufd_iopt *src, unsigned long src_iova,
		      unsigned long length, int prot,
		      iommufd_iopt_tell_fn tell, void *data);
int iommufd_iopt_unmap(struct iommufd_iopt *iopt, unsigned long iova,
		       unsigned long last, unsigned long *unmapped);
int iommufd_iopt_unmap_within(struct iommufd_iopt *iopt, unsigned long iova,
			      unsigned long last, unsigned long *unmapped);
int iommufd_iopt_unmap_all(struct iommufd_iopt *iopt, unsigned long *unmapped);
int iommufd_iopt_set_huge_pages(struct iommufd_iopt *iopt, bool huge_pages);
bool iommufd_iopt_huge_pages(struct iommufd_iopt *iopt);
unsigned long iommufd_iopt_alignment(struct iommufd_iopt *iopt);
void iommufd_iopt_update_alignment_locked(struct iommufd_iopt *iopt);
int iommufd_iopt_check_alignment_locked(struct iommufd_iopt *iopt,
					unsigned long alignment);

#endif
