// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stand-ins for pages.c and iopt_access.c, which check their callers: a domain
 * is mapped where nothing is, and unmapped as it was mapped.
 */
#include "iopt_access.h"
#include "pages.h"
#include "refuse.h"
#include "world.h"

struct world world = { .calls_left = -1, .kill_after = -1 };
static struct task_struct task;
struct task_struct *current = &task;

int iommufd_refuse(int rc, const char *reason)
{
	return rc;
}

bool fatal_signal_pending(struct task_struct *task)
{
	if (world.kill_after > 0 && !--world.kill_after)
		world.killed = true;
	return world.killed;
}

/* Every length will do: nothing but its numbers is there. */
struct iommufd_pages *world_new_pages(unsigned long uptr, unsigned long length,
				      bool writable)
{
	struct iommufd_pages *pages = calloc(1, sizeof(*pages));

	assert(pages && length);
	kref_init(&pages->kref);
	pages->backing.start = uptr & PAGE_MASK;
	pages->backing.writable = writable;
	pages->head = offset_in_page(uptr);
	pages->npages = ((uptr + length - 1) >> PAGE_SHIFT) -
			(uptr >> PAGE_SHIFT) + 1;
	shim_live_blocks++;
	return pages;
}

static void release(struct kref *kref)
{
	struct iommufd_pages *pages =
		container_of(kref, struct iommufd_pages, kref);

	assert(!pages->users);
	shim_live_blocks--;
	free(pages);
}

void iommufd_pages_put(struct iommufd_pages *pages)
{
	kref_put(&pages->kref, release);
}

static bool fails(void)
{
	return world.calls_left >= 0 && !world.calls_left--;
}

int iommufd_pages_pin(struct iommufd_pages *pages)
{
	assert(pages->kref.count && pages->usage);
	if (fails())
		return -EFAULT;
	pages->users++;
	return 0;
}

void iommufd_pages_unpin(struct iommufd_pages *pages)
{
	assert(pages->users);
	pages->users--;
}

/* The place of the first mapping that ends at @iova or above. */
static unsigned int place(struct iommu_domain *domain, unsigned long iova)
{
	unsigned int i = 0;

	while (i < domain->nr && domain->mappings[i].last < iova)
		i++;
	return i;
}

int iommufd_pages_map(struct iommufd_pages *pages, struct iommu_domain *domain,
		      unsigned long iova, unsigned long offset,
		      unsigned long length, int prot, size_t max_leaf)
{
	unsigned long least = domain->pgsize_bitmap & -domain->pgsize_bitmap;
	struct mapping mapping = { iova, iova + length - 1, pages, offset, prot };
	unsigned int i = place(domain, iova);

	assert(length && mapping.last >= iova && pages->users);
	assert(offset >= pages->head);
	assert(PFN_DOWN(offset + length - 1) < pages->npages);
	assert(IS_ALIGNED(iova | offset | length, least));
	assert(max_leaf == world.max_leaf);
	assert(iova >= domain->geometry.aperture_start);
	assert(mapping.last <= domain->geometry.aperture_end);
	if (fails())
		return -ENOMEM;
	assert(i == domain->nr || domain->mappings[i].start > mapping.last);
	assert(domain->nr < DOMAIN_MAPPINGS);
	memmove(domain->mappings + i + 1, domain->mappings + i,
		(domain->nr++ - i) * sizeof(mapping));
	domain->mappings[i] = mapping;
	return 0;
}

void iommufd_pages_unmap(struct iommu_domain *domain, unsigned long iova,
			 unsigned long length)
{
	unsigned int i = place(domain, iova);

	assert(i < domain->nr && domain->mappings[i].start == iova &&
	       domain->mappings[i].last == iova + length - 1);
	assert(domain->mappings[i].pages->users);
	memmove(domain->mappings + i, domain->mappings + i + 1,
		(--domain->nr - i) * sizeof(struct mapping));
}

int iommufd_iopt_evict(struct iommufd_iopt *iopt, struct list_head *areas)
{
	return world.evict ? world.evict(iopt, areas) : 0;
}
