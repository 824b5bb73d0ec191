// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains of the mock IOMMU: paging ones, and the two of the IOMMU core's, which
 * have nothing to say since mock devices do no DMA.
 */
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "iommufd_test.h"
#include "mock_dev.h"
#include "mock_domain.h"
#include "test_fault.h"

static bool mock_huge;
module_param(mock_huge, bool, 0644);
MODULE_PARM_DESC(mock_huge, "Domains of the mock IOMMU have huge pages");

static bool mock_exclusive;
module_param(mock_exclusive, bool, 0644);
MODULE_PARM_DESC(mock_exclusive,
		 "Domains of the mock IOMMU are for one device each");

static void move_device(struct device *dev, struct iommufd_mock_domain *to)
{
	struct iommufd_mock_dev *mdev = iommufd_to_mock_dev(dev);

	if (to)
		atomic_inc(&to->devices);
	if (mdev->domain)
		atomic_dec(&mdev->domain->devices);
	mdev->domain = to;
}

static int core_attach_dev(struct iommu_domain *domain, struct device *dev)
{
	move_device(dev, NULL);
	return 0;
}

static void core_free(struct iommu_domain *domain)
{
}

static const struct iommu_domain_ops core_ops = {
	.attach_dev = core_attach_dev,
	.free = core_free,
};

/* All groups share them: giving a group back must not need memory. */
static struct iommu_domain identity_domain = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &core_ops,
};

static struct iommu_domain blocked_domain = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &core_ops,
};

static int mock_attach_dev(struct iommu_domain *domain, struct device *dev)
{
	struct iommufd_mock_domain *mock = iommufd_to_mock_domain(domain);

	if (iommufd_should_fail())
		return -ENOMEM;
	if (domain->dirty_ops &&
	    !device_iommu_capable(dev, IOMMU_CAP_DIRTY_TRACKING))
		return -EINVAL;
	/* As if each device were behind different hardware */
	if (READ_ONCE(mock_exclusive) && atomic_read(&mock->devices) &&
	    iommufd_to_mock_dev(dev)->domain != mock)
		return -EINVAL;
	move_device(dev, mock);
	return 0;
}

static int mock_map_pages(struct iommu_domain *domain, unsigned long iova,
			  phys_addr_t phys, size_t size, size_t count, int prot,
			  gfp_t gfp, size_t *mapped)
{
	struct iommufd_mock_domain *mock = iommufd_to_mock_domain(domain);
	struct iommufd_mock_leaf leaf = {
		.iova = iova,
		.size = size,
		.phys = phys,
		.prot = prot,
	};
	int rc;

	if (iommufd_should_fail())
		return -ENOMEM;
	for (; count; count--) {
		rc = iommufd_mock_table_map(&mock->table, &leaf, gfp);
		if (rc)
			return rc;
		leaf.iova += size;
		leaf.phys += size;
		*mapped += size;
	}
	return 0;
}

static size_t mock_unmap_pages(struct iommu_domain *domain, unsigned long iova,
			       size_t size, size_t count,
			       struct iommu_iotlb_gather *gather)
{
	return iommufd_mock_table_unmap(&iommufd_to_mock_domain(domain)->table,
					iova, size * count);
}

/* The largest leaf that a run can begin with. */
static size_t leaf_size(struct iommu_domain *domain, unsigned long iova,
			const struct iommu_run *run)
{
	if (domain->pgsize_bitmap & MOCK_HUGE_PAGE_SIZE &&
	    IS_ALIGNED(iova | run->paddr, MOCK_HUGE_PAGE_SIZE) &&
	    run->size >= MOCK_HUGE_PAGE_SIZE)
		return MOCK_HUGE_PAGE_SIZE;
	return MOCK_PAGE_SIZE;
}

static int mock_map_runs(struct iommu_domain *domain, unsigned long iova,
			 const struct iommu_run *runs, unsigned int nr_runs,
			 int prot, gfp_t gfp, size_t *mapped)
{
	int rc = 0;

	for (; nr_runs && !rc; nr_runs--, runs++) {
		struct iommu_run left = *runs;

		while (left.size && !rc) {
			size_t done = 0, size = leaf_size(domain, iova, &left);

			rc = mock_map_pages(domain, iova, left.paddr, size, 1,
					    prot, gfp, &done);
			iova += done;
			left.paddr += done;
			left.size -= done;
			*mapped += done;
		}
	}
	return rc;
}

static size_t mock_unmap_range(struct iommu_domain *domain, unsigned long iova,
			       size_t size, struct iommu_iotlb_gather *gather)
{
	return iommufd_mock_table_unmap(&iommufd_to_mock_domain(domain)->table,
					iova, size);
}

static phys_addr_t mock_iova_to_phys(struct iommu_domain *domain,
				     dma_addr_t iova)
{
	struct iommufd_mock_leaf leaf;

	if (!iommufd_mock_table_find(&iommufd_to_mock_domain(domain)->table,
				     iova, &leaf))
		return 0;
	return leaf.phys + (iova - leaf.iova);
}

/* Of the values alone, so that tests know what to expect. */
static size_t mock_table_bytes(struct iommu_domain *domain)
{
	struct iommufd_mock_domain *mock = iommufd_to_mock_domain(domain);

	return atomic_long_read(&mock->table.nr_leaves) * sizeof(void *);
}

static int mock_set_dirty_tracking(struct iommu_domain *domain, bool enable)
{
	if (iommufd_should_fail())
		return -ENOMEM;
	WRITE_ONCE(iommufd_to_mock_domain(domain)->tracking, enable);
	return 0;
}

static void mock_read_and_clear_dirty(struct iommu_domain *domain,
				      unsigned long iova, size_t size,
				      unsigned long flags,
				      struct iommu_dirty_report *report)
{
	iommufd_mock_table_read_dirty(&iommufd_to_mock_domain(domain)->table,
				      iova, size, flags, report);
}

static const struct iommu_dirty_ops mock_dirty_ops = {
	.set_dirty_tracking = mock_set_dirty_tracking,
	.read_and_clear_dirty = mock_read_and_clear_dirty,
};

static void mock_free(struct iommu_domain *domain)
{
	struct iommufd_mock_domain *mock = iommufd_to_mock_domain(domain);

	WARN_ON(atomic_read(&mock->devices));
	iommufd_mock_table_destroy(&mock->table);
	kfree(mock);
}

const struct iommu_domain_ops iommufd_mock_domain_ops = {
	.attach_dev = mock_attach_dev,
	.map_pages = mock_map_pages,
	.unmap_pages = mock_unmap_pages,
	.map_runs = mock_map_runs,
	.unmap_range = mock_unmap_range,
	.iova_to_phys = mock_iova_to_phys,
	.table_bytes = mock_table_bytes,
	.free = mock_free,
};

static struct iommu_domain *alloc_paging(void)
{
	struct iommufd_mock_domain *mock;

	if (iommufd_should_fail())
		return NULL;
	mock = kzalloc(sizeof(*mock), GFP_KERNEL_ACCOUNT);
	if (!mock)
		return NULL;
	iommufd_mock_table_init(&mock->table);
	mock->domain.ops = &iommufd_mock_domain_ops;
	mock->domain.pgsize_bitmap = MOCK_PAGE_SIZE;
	if (READ_ONCE(mock_huge))
		mock->domain.pgsize_bitmap |= MOCK_HUGE_PAGE_SIZE;
	mock->domain.geometry.aperture_start = MOCK_APERTURE_START;
	mock->domain.geometry.aperture_end = MOCK_APERTURE_LAST;
	mock->domain.geometry.force_aperture = true;
	return &mock->domain;
}

/**
 * iommufd_mock_domain_alloc() - domain_alloc() of the mock IOMMU
 * @type: As in struct iommu_domain
 *
 * Return: the domain, freed by its ops; NULL when the mock does not have the
 * type or there is no memory
 */
struct iommu_domain *iommufd_mock_domain_alloc(unsigned int type)
{
	switch (type) {
	case IOMMU_DOMAIN_UNMANAGED:
		return alloc_paging();
	case IOMMU_DOMAIN_IDENTITY:
		return &identity_domain;
	case IOMMU_DOMAIN_BLOCKED:
		return &blocked_domain;
	default:
		return NULL;
	}
}

#define MOCK_ALLOC_FLAGS                                                      \
	(IOMMU_HWPT_ALLOC_NEST_PARENT | IOMMU_HWPT_ALLOC_DIRTY_TRACKING |     \
	 IOMMU_HWPT_ALLOC_PASID)

/**
 * iommufd_mock_domain_alloc_flags() - domain_alloc_paging_flags() of the mock
 * @dev: A mock device
 * @flags: Combination of enum iommufd_hwpt_alloc_flags
 * @user_data: Must be NULL
 *
 * Return: the domain, freed by its ops; ERR_PTR(-EOPNOTSUPP) when the mock does
 * not have such; ERR_PTR(-ENOMEM)
 */
struct iommu_domain *
iommufd_mock_domain_alloc_flags(struct device *dev, u32 flags,
				const struct iommu_user_data *user_data)
{
	struct iommu_domain *domain;

	if (flags & ~MOCK_ALLOC_FLAGS || user_data)
		return ERR_PTR(-EOPNOTSUPP);
	domain = alloc_paging();
	if (!domain)
		return ERR_PTR(-ENOMEM);
	if (flags & IOMMU_HWPT_ALLOC_DIRTY_TRACKING)
		domain->dirty_ops = &mock_dirty_ops;
	return domain;
}
