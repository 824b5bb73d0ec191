// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains that come and go: each shows all that is mapped from the moment that
 * it was added.
 */
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/sched/signal.h>

#include "area.h"
#include "iopt_domain.h"
#include "iova.h"
#include "refuse.h"

static unsigned long least_leaf(struct iommu_domain *domain)
{
	return 1UL << __ffs(domain->pgsize_bitmap);
}

/**
 * iommufd_iopt_update_alignment_locked() - Follow what its users ask for
 * @iopt: Where; domains_rwsem is held for writing. All that is mapped fits
 */
void iommufd_iopt_update_alignment_locked(struct iommufd_iopt *iopt)
{
	struct iommufd_iopt_domain *idomain;
	unsigned long alignment = 1;

	lockdep_assert_held_write(&iopt->domains_rwsem);
	if (!iopt->huge_pages || iopt->nr_pinning)
		alignment = PAGE_SIZE;
	list_for_each_entry(idomain, &iopt->domains, item)
		alignment = max(alignment, least_leaf(idomain->domain));
	WRITE_ONCE(iopt->alignment, alignment);
}

/**
 * iommufd_iopt_check_alignment_locked() - Would all that is mapped be aligned?
 * @iopt: Where; domains_rwsem is held for writing
 * @alignment: A power of two, to PAGE_SIZE
 *
 * Return: 0, -EADDRINUSE or -EINTR
 */
int iommufd_iopt_check_alignment_locked(struct iommufd_iopt *iopt,
					unsigned long alignment)
{
	struct iommufd_area *area;

	lockdep_assert_held_write(&iopt->domains_rwsem);
	if (alignment <= iopt->alignment)
		return 0;
	for (area = iommufd_area_first(iopt, 0, ULONG_MAX); area;
	     area = iommufd_area_next(area, ULONG_MAX)) {
		if (!IS_ALIGNED(area->start | area->offset | area->length,
				alignment))
			return iommufd_refuse(-EADDRINUSE,
					      "something mapped is not aligned");
		if (fatal_signal_pending(current))
			return iommufd_refuse(-EINTR, "killed");
		cond_resched();
	}
	return 0;
}

/**
 * iommufd_iopt_alignment() - What must IOVAs and lengths be multiples of?
 * @iopt: Where; domains may come and go
 *
 * Return: bytes, a power of two, to PAGE_SIZE
 */
unsigned long iommufd_iopt_alignment(struct iommufd_iopt *iopt)
{
	return READ_ONCE(iopt->alignment);
}

static int reserve_outside_geometry(struct iommufd_iopt *iopt,
				    struct iommufd_iopt_domain *idomain)
{
	struct iommu_domain_geometry *geometry = &idomain->domain->geometry;
	int rc;

	if (geometry->aperture_start) {
		rc = iommufd_iova_reserve(iopt, 0, geometry->aperture_start - 1,
					  idomain);
		if (rc)
			return rc;
	}
	if (geometry->aperture_end != ULONG_MAX)
		return iommufd_iova_reserve(iopt, geometry->aperture_end + 1,
					    ULONG_MAX, idomain);
	return 0;
}

/*
 * With domains_rwsem held for writing no area comes or goes, and those that
 * are there are in all domains: the tree can be walked without iova_rwsem.
 */
static int fill_domain_locked(struct iommufd_iopt *iopt,
			      struct iommu_domain *domain)
{
	struct iommufd_area *area, *done;
	int rc = 0;

	lockdep_assert_held_write(&iopt->domains_rwsem);
	for (area = iommufd_area_first(iopt, 0, ULONG_MAX); area;
	     area = iommufd_area_next(area, ULONG_MAX)) {
		if (fatal_signal_pending(current))
			rc = iommufd_refuse(-EINTR, "killed");
		else
			rc = iommufd_area_map_domain(iopt, area, domain);
		if (rc)
			break;
		cond_resched();
	}
	if (!rc)
		return 0;

	for (done = iommufd_area_first(iopt, 0, ULONG_MAX); done != area;
	     done = iommufd_area_next(done, ULONG_MAX)) {
		iommufd_area_unmap_domain(done, domain);
		cond_resched();
	}
	return rc;
}

/**
 * iommufd_iopt_add_domain() - Show everything that is mapped in a domain too
 * @iopt: Where
 * @idomain: @idomain->domain is set, usable and empty
 *
 * Return: 0, ended by iommufd_iopt_remove_domain(); -EINVAL when the domain's
 * smallest page is larger than the CPU's; -EADDRINUSE when something is mapped
 * where the domain cannot translate, or in smaller pieces than it can; what
 * pinning and mapping give; -EINTR
 */
int iommufd_iopt_add_domain(struct iommufd_iopt *iopt,
			    struct iommufd_iopt_domain *idomain)
{
	struct iommu_domain *domain = idomain->domain;
	int rc;

	if (!(domain->pgsize_bitmap & (PAGE_SIZE | (PAGE_SIZE - 1))))
		return iommufd_refuse(-EINVAL,
				      "pages of the IOMMU are too large");

	if (down_write_killable(&iopt->domains_rwsem))
		return iommufd_refuse(-EINTR, "killed");
	rc = iommufd_iopt_check_alignment_locked(iopt, least_leaf(domain));
	if (rc)
		goto err_unlock;
	rc = reserve_outside_geometry(iopt, idomain);
	if (rc)
		goto err_unreserve;
	rc = fill_domain_locked(iopt, domain);
	if (rc)
		goto err_unreserve;
	list_add_tail(&idomain->item, &iopt->domains);
	iommufd_iopt_update_alignment_locked(iopt);
	up_write(&iopt->domains_rwsem);
	return 0;

err_unreserve:
	iommufd_iova_unreserve(iopt, idomain);
err_unlock:
	up_write(&iopt->domains_rwsem);
	return rc;
}

/**
 * iommufd_iopt_remove_domain() - Empty a domain and forget it
 * @iopt: Where
 * @idomain: From iommufd_iopt_add_domain(); no device uses it any more
 */
void iommufd_iopt_remove_domain(struct iommufd_iopt *iopt,
				struct iommufd_iopt_domain *idomain)
{
	struct iommufd_area *area;

	down_write(&iopt->domains_rwsem);
	list_del(&idomain->item);
	iommufd_iopt_update_alignment_locked(iopt);
	for (area = iommufd_area_first(iopt, 0, ULONG_MAX); area;
	     area = iommufd_area_next(area, ULONG_MAX)) {
		iommufd_area_unmap_domain(area, idomain->domain);
		cond_resched();
	}
	iommufd_iova_unreserve(iopt, idomain);
	up_write(&iopt->domains_rwsem);
}
