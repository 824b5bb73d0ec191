// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages devices have written, as second-level tables note it: VT-d
 * specification, section 3.7.2, and the bit SSADE (earlier SLADE) of PASID table
 * entries, section 9.6.
 */
#include <linux/iommu.h>
#include <linux/spinlock.h>

#include "dirty.h"
#include "iommu.h"
#include "pasid.h"

static void read_and_clear_dirty(struct iommu_domain *domain,
				 unsigned long iova, size_t size,
				 unsigned long flags,
				 struct iommu_dirty_report *report)
{
	struct dmar_domain *dmar_domain = to_dmar_domain(domain);

	intel_walk_dirty(dmar_domain->pgd, dmar_domain->agaw + 2, iova,
			 iova + size - 1, flags, report);
}

/*
 * A device that is being attached is on the list before its PASID entry is set
 * up, and that looks at dirty_tracking: one of the two sees to it.
 */
static int set_dirty_tracking(struct iommu_domain *domain, bool enable)
{
	struct dmar_domain *dmar_domain = to_dmar_domain(domain);
	struct device_domain_info *info;
	unsigned long flags;

	spin_lock_irqsave(&dmar_domain->lock, flags);
	WRITE_ONCE(dmar_domain->dirty_tracking, enable);
	list_for_each_entry(info, &dmar_domain->devices, link)
		intel_pasid_set_dirty_tracking(info->iommu, dmar_domain,
					       info->dev, PASID_RID2PASID,
					       enable);
	spin_unlock_irqrestore(&dmar_domain->lock, flags);
	return 0;
}

const struct iommu_dirty_ops intel_dirty_ops = {
	.set_dirty_tracking = set_dirty_tracking,
	.read_and_clear_dirty = read_and_clear_dirty,
};
