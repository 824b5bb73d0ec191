// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random pins and mappings, in the world of shim/world.h.
 *
 * The world checks the rules at each call: only pinned pages are mapped, no leaf
 * is cut, no page is let go of while a device could reach it, locks are held
 * and let go. The tests check results: all or nothing, and the counts.
 */
#include "pages_test.h"

#define OPS		40000UL
#define MAX_PAGES	6
#define MAX_AREAS	24

#define PRIVATE		(VM_MAYWRITE)
#define SHARED		(VM_MAYWRITE | VM_SHARED)

struct object {
	struct iommufd_pages *pages;
	unsigned long first;
	unsigned long npages;
	bool writable;
	unsigned long users;
};

struct area {
	struct object *object;
	struct iommu_domain *domain;
	unsigned long iova_page;
	unsigned long offset_page;
	unsigned long npages;
};

static struct object objects[MAX_PAGES];
static struct area areas[MAX_AREAS];

static unsigned long random_length(void)
{
	switch (random_below(16)) {
	case 0:
		return 1 + random_below(300000);
	case 1 ... 5:
		return 1 + random_below(2000);
	default:
		return 1 + random_below(40);
	}
}

static void new_object(struct object *object)
{
	enum iommufd_account_mode mode = random_below(3);

	current = &tasks[0];
	*object = (struct object){
		.npages = random_length(),
		.writable = random_below(2),
	};
	object->first = random_below(WORLD_USER_PAGES - object->npages);
	if (random_below(2))
		object->first &= ~511UL;
	object->pages = new_pages(object->first, object->npages,
				  object->writable, mode);
	check_eq(object->pages->npages, object->npages);
}

static void put_object(struct object *object)
{
	iommufd_pages_put(object->pages);
	object->pages = NULL;
}

/* Something that makes the next pin fail, perhaps. */
static void random_trouble(struct object *object)
{
	switch (random_below(8)) {
	case 0:
		world.hole = object->first + random_below(object->npages);
		break;
	case 1:
		world.kill_after = 1 + random_below(20);
		break;
	case 2:
		shim_allocs_left = random_below(4);
		break;
	case 3:
		tasks[0].memlock = random_below(3000) * PAGE_SIZE;
		break;
	}
}

static void end_trouble(void)
{
	world.hole = ~0UL;
	world.kill_after = -1;
	tasks[0].killed = false;
	tasks[1].killed = false;
	shim_allocs_left = -1;
	tasks[0].memlock = ~0UL;
	world.lazy_iommu = 0;
}

static bool may_pin(struct object *object)
{
	unsigned long need = object->writable ? VM_WRITE : VM_READ;
	unsigned long start = object->pages->backing.start;
	unsigned long end = start + object->npages * PAGE_SIZE;
	struct vm_area_struct *vmas = mms[0].vmas;

	return (start >= vmas[1].vm_start || (vmas[0].vm_flags & need)) &&
	       (end <= vmas[1].vm_start || (vmas[1].vm_flags & need));
}

static void pin(struct object *object)
{
	unsigned long pins = world.total_pins, locked = locked_pages();
	unsigned long dirtied = world.dirtied;
	bool first = !object->users;
	bool trouble;
	int rc;

	/* Memory of the current process, or of another one. */
	current = &tasks[random_below(2)];
	world.readonly = !object->writable;
	random_trouble(object);
	rc = iommufd_pages_pin(object->pages);
	trouble = world.hole != ~0UL || world.kill_after >= 0 ||
		  shim_allocs_left >= 0 || tasks[0].memlock != ~0UL;
	end_trouble();
	check_eq(world.dirtied, dirtied);
	check(!mms[0].readers && !mms[0].writers && mms[0].users == 1);
	if (rc) {
		check(first);
		check(trouble || !may_pin(object));
		check(rc == -EFAULT || rc == -ENOMEM || rc == -EINTR);
		check_eq(world.total_pins, pins);
		check_eq(locked_pages(), locked);
		check_eq(iommufd_extents_size(&object->pages->extents), 0);
		return;
	}
	check(!first || may_pin(object));
	object->users++;
	check_eq(world.total_pins, pins + (first ? object->npages : 0));
	if (!first || object->pages->account.mode == IOMMUFD_ACCOUNT_NONE)
		check_eq(locked_pages(), locked);
	else
		check_eq(locked_pages(), locked + object->npages);
}

static void unpin(struct object *object)
{
	unsigned long dirtied = world.dirtied;
	unsigned long pins = world.total_pins;
	bool last = object->users == 1;

	current = &tasks[random_below(2)];
	shim_allocs_left = 0;
	iommufd_pages_unpin(object->pages);
	shim_allocs_left = -1;
	object->users--;
	check_eq(world.total_pins, pins - (last ? object->npages : 0));
	check_eq(world.dirtied, dirtied + (last && object->writable ?
					   object->npages : 0));
}

static bool is_free(struct iommu_domain *domain, unsigned long page,
		    unsigned long npages)
{
	while (npages--)
		if (domain->leaf[page++])
			return false;
	return true;
}

static void check_translation(struct area *area, int prot)
{
	unsigned long i, page, user_page;

	for (i = 0; i < area->npages; i++) {
		page = area->iova_page + i;
		user_page = area->object->first + area->offset_page + i;
		check(area->domain->leaf[page]);
		check_eq(area->domain->pfn[page], world.user_pfn[user_page]);
		check_eq(area->domain->prot[area->domain->leaf[page] - 1], prot);
	}
}

static void map(struct area *area, struct object *object)
{
	int prot = object->writable ? IOMMU_READ | IOMMU_WRITE : IOMMU_READ;
	unsigned long slack;
	int rc;

	*area = (struct area){
		.domain = &domains[random_below(2)],
		.offset_page = random_below(object->npages),
	};
	area->npages = object->npages - area->offset_page;
	if (random_below(2))
		area->npages = 1 + random_below(area->npages);
	slack = WORLD_IOVA_PAGES - area->npages;
	area->iova_page = random_below(slack);
	/* So that large leaves fit, at times. */
	if (random_below(4))
		area->iova_page = (area->iova_page & ~511UL) |
				  ((object->first + area->offset_page) & 511);
	if (area->iova_page > slack ||
	    !is_free(area->domain, area->iova_page, area->npages))
		return;

	if (!random_below(4))
		world.lazy_iommu = 1 + random_below(300);
	if (!random_below(8))
		world.kill_after = 1 + random_below(50);
	rc = iommufd_pages_map(object->pages, area->domain,
			       area->iova_page * PAGE_SIZE,
			       area->offset_page * PAGE_SIZE,
			       area->npages * PAGE_SIZE, prot,
			       random_below(4) ? SZ_1G : PAGE_SIZE);
	if (rc) {
		check(rc == -EINTR ? world.kill_after >= 0 :
				     rc == -ENOMEM && world.lazy_iommu);
		end_trouble();
		check(is_free(area->domain, area->iova_page, area->npages));
		return;
	}
	end_trouble();
	area->object = object;
	check_translation(area, prot);
}

static void unmap(struct area *area)
{
	unsigned long syncs = world.syncs;

	shim_allocs_left = 0;
	iommufd_pages_unmap(area->domain, area->iova_page * PAGE_SIZE,
			    area->npages * PAGE_SIZE);
	shim_allocs_left = -1;
	check(is_free(area->domain, area->iova_page, area->npages));
	check_eq(world.syncs, syncs + 1);
	area->object = NULL;
}

static bool is_mapped(struct object *object)
{
	size_t i;

	for (i = 0; i < MAX_AREAS; i++)
		if (areas[i].object == object)
			return true;
	return false;
}

static void random_op(void)
{
	struct object *object = &objects[random_below(MAX_PAGES)];
	struct area *area = &areas[random_below(MAX_AREAS)];

	switch (random_below(6)) {
	case 0:
		if (!object->pages)
			new_object(object);
		else if (!object->users)
			put_object(object);
		break;
	case 1:
		if (object->pages && object->users < 3)
			pin(object);
		break;
	case 2:
		if (object->users > 1 || (object->users && !is_mapped(object)))
			unpin(object);
		break;
	case 3 ... 4:
		if (object->users && !area->object)
			map(area, object);
		break;
	case 5:
		if (area->object)
			unmap(area);
		break;
	}
}

static void drop_all(void)
{
	size_t i;

	for (i = 0; i < MAX_AREAS; i++)
		if (areas[i].object)
			unmap(&areas[i]);
	for (i = 0; i < MAX_PAGES; i++) {
		while (objects[i].users)
			unpin(&objects[i]);
		if (objects[i].pages)
			put_object(&objects[i]);
	}
}

static unsigned long random_vma(void)
{
	static const unsigned long vmas[] = {
		VM_READ | VM_WRITE | PRIVATE, VM_READ | VM_WRITE | SHARED,
		VM_READ | PRIVATE, VM_READ | VM_SHARED, VM_WRITE | PRIVATE,
		PRIVATE, VM_READ | VM_WRITE | SHARED | VM_HUGETLB,
		VM_READ | PRIVATE | VM_HUGETLB,
		VM_READ | VM_WRITE | PRIVATE | VM_HUGETLB,
	};

	/* Mostly memory as most programs have it. */
	return vmas[random_below(random_below(2) ? 2 : ARRAY_SIZE(vmas))];
}

static void test_random(void)
{
	unsigned long op;

	world_init();
	for (op = 0; op < OPS; op++) {
		if (op % 500 == 0) {
			drop_all();
			check_clean();
			world_new_layout();
		}
		if (op % 20 == 0)
			world_set_vmas(random_below(WORLD_USER_PAGES),
				       random_vma(), random_vma());
		random_op();
	}
	drop_all();
	check_clean();
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "random_operations_keep_the_rules", test_random },
	};

	return tap_run(tests, ARRAY_SIZE(tests));
}
