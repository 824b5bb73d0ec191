/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_IOPT_H
#define _IOMMUFD_IOPT_H

#include <linux/interval_tree.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/types.h>

struct iommu_domain;
struct iommufd_pages;

/**
 * enum iommufd_area_state - Who works on an area
 * @IOMMUFD_AREA_FILLING: The thread that maps it; not there yet for others
 * @IOMMUFD_AREA_LIVE: Nobody
 * @IOMMUFD_AREA_DYING: The thread that unmaps it
 */
enum iommufd_area_state {
	IOMMUFD_AREA_FILLING,
	IOMMUFD_AREA_LIVE,
	IOMMUFD_AREA_DYING,
};

/**
 * struct iommufd_area - A mapped range of IOVAs
 * @node: (v) The range, in iopt->areas
 * @pages: (i) What is mapped there; the area has a reference
 * @offset: (i) Where in @pages the area starts, in bytes, whole pages
 * @prot: (i) IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE
 * @state: (v) While not LIVE, the thread that works on it owns the area: it
 *         holds domains_rwsem but not iova_rwsem
 * @dying_item: List of the thread that unmaps it
 */
struct iommufd_area {
	struct interval_tree_node node;
	struct iommufd_pages *pages;
	unsigned long offset;
	int prot;
	enum iommufd_area_state state;
	struct list_head dying_item;
};

static inline unsigned long iommufd_area_length(const struct iommufd_area *area)
{
	return area->node.last - area->node.start + 1;
}

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
 * @iova_rwsem: (v) The trees. Held for short times only: nothing is pinned,
 *              mapped or copied under it
 * @domains: (d) struct iommufd_iopt_domain
 * @areas: (v) struct iommufd_area by IOVA, do not overlap
 * @reserved: (v) Ranges that cannot be mapped, may overlap one another
 * @hole_hint: (v) Below this there is no hole for even one page
 */
struct iommufd_iopt {
	struct rw_semaphore domains_rwsem;
	struct rw_semaphore iova_rwsem;
	struct list_head domains;
	struct rb_root_cached areas;
	struct rb_root_cached reserved;
	unsigned long hole_hint;
};

/* All IOVAs and lengths are multiples of this. */
#define IOMMUFD_IOVA_ALIGNMENT PAGE_SIZE

void iommufd_iopt_init(struct iommufd_iopt *iopt);
void iommufd_iopt_destroy(struct iommufd_iopt *iopt);

int iommufd_iopt_map(struct iommufd_iopt *iopt, struct iommufd_pages *pages,
		     unsigned long *iova, unsigned long length, int prot,
		     bool fixed);
int iommufd_iopt_unmap(struct iommufd_iopt *iopt, unsigned long iova,
		       unsigned long last, unsigned long *unmapped);
int iommufd_iopt_unmap_all(struct iommufd_iopt *iopt, unsigned long *unmapped);
int iommufd_iopt_add_domain(struct iommufd_iopt *iopt,
			    struct iommufd_iopt_domain *idomain);
void iommufd_iopt_remove_domain(struct iommufd_iopt *iopt,
				struct iommufd_iopt_domain *idomain);

#endif
