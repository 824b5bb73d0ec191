// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning, charging and mapping by example, in the world of shim/world.h.
 */
#include "pages_test.h"
#include "payer.h"

/* Memory that is one piece, mapped so that leaves are as large as they can be. */
static void large_leaves(unsigned long first)
{
	unsigned long npages = WORLD_USER_PAGES - first, page;
	struct iommu_domain *domain = &domains[0];
	struct iommufd_pages *pages;

	world_init();
	world.readonly = true;
	for (page = 0; page < WORLD_USER_PAGES; page++)
		world.user_pfn[page] = page;
	pages = new_pages(first, npages, false, IOMMUFD_ACCOUNT_NONE);
	check_eq(iommufd_pages_pin(pages), 0);

	check_eq(iommufd_pages_map(pages, domain, first * PAGE_SIZE, 0,
				   npages * PAGE_SIZE, IOMMU_READ, SZ_1G), 0);
	for (page = first; page < WORLD_USER_PAGES; page++)
		check(domain->leaf[page] && domain->pfn[page] == page);
	check_eq(domain->npages[262144], 262144);

	iommufd_pages_unmap(domain, first * PAGE_SIZE, npages * PAGE_SIZE);
	for (page = 0; page < WORLD_IOVA_PAGES; page++)
		check(!domain->leaf[page]);
	check_eq(world.syncs, 1);
	iommufd_pages_unpin(pages);
	iommufd_pages_put(pages);
	check_clean();
}

static void test_large_leaves(void)
{
	static const unsigned long starts[] = { 0, 512, 1000, 262144, 262143 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(starts); i++)
		large_leaves(starts[i]);
}

/* Every batch boundary and every failing page of a small range. */
static void test_each_hole(void)
{
	struct iommufd_pages *pages;

	world_init();
	pages = new_pages(0, 1100, true, IOMMUFD_ACCOUNT_USER);
	for (world.hole = 0; world.hole < 1100; world.hole++) {
		check_eq(iommufd_pages_pin(pages), -EFAULT);
		check_eq(world.total_pins, 0);
		check_eq(locked_pages(), 0);
		check_eq(usage.pinned.value, 0);
	}
	check_eq(iommufd_pages_pin(pages), 0);
	check_eq(world.total_pins, 1100);
	check_eq(usage.pinned.value, 1100);
	check_eq(usage.charged.value, 1100);
	iommufd_pages_unpin(pages);
	iommufd_pages_put(pages);
	check_clean();
}

static void test_process_gone(void)
{
	struct iommufd_pages *pages;

	world_init();
	pages = new_pages(0, 1, true, IOMMUFD_ACCOUNT_PROCESS);
	check_eq(iommufd_pages_pin(pages), 0);
	mms[0].users = 0;
	current = &tasks[1];
	/* What is pinned stays and is shared; new pins cannot be had. */
	check_eq(iommufd_pages_pin(pages), 0);
	iommufd_pages_unpin(pages);
	iommufd_pages_unpin(pages);
	check_eq(iommufd_pages_pin(pages), -EFAULT);
	iommufd_pages_put(pages);
	mms[0].users = 1;
	check_clean();
}

static void test_limit_is_exact(void)
{
	enum iommufd_account_mode mode;

	for (mode = IOMMUFD_ACCOUNT_USER; mode <= IOMMUFD_ACCOUNT_NONE; mode++) {
		struct iommufd_pages *pages;

		world_init();
			pages = new_pages(0, 10, true, mode);
		tasks[0].memlock = 10 * PAGE_SIZE - 1;
		tasks[1].memlock = 0;
		check_eq(iommufd_pages_pin(pages),
			 mode == IOMMUFD_ACCOUNT_NONE ? 0 : -ENOMEM);
		if (mode == IOMMUFD_ACCOUNT_NONE)
			iommufd_pages_unpin(pages);
		/* The limit of the process that mapped counts, not the caller's. */
		tasks[0].memlock = 10 * PAGE_SIZE;
		current = &tasks[1];
		check_eq(iommufd_pages_pin(pages), 0);
		iommufd_pages_unpin(pages);
		iommufd_pages_put(pages);
		check_clean();
	}
}

static void test_limit_is_shared(void)
{
	enum iommufd_account_mode mode;

	for (mode = IOMMUFD_ACCOUNT_USER; mode < IOMMUFD_ACCOUNT_NONE; mode++) {
		struct iommufd_pages *a, *b;

		world_init();
		tasks[0].memlock = 10 * PAGE_SIZE;
		a = new_pages(0, 6, true, mode);
		b = new_pages(0, 5, true, mode);
		check_eq(iommufd_pages_pin(a), 0);
		check_eq(iommufd_pages_pin(b), -ENOMEM);
		check_eq(world.total_pins, 6);
		iommufd_pages_unpin(a);
		check_eq(iommufd_pages_pin(b), 0);
		iommufd_pages_unpin(b);
		iommufd_pages_put(a);
		iommufd_pages_put(b);
		check_clean();
	}
}

static void test_ipc_lock_is_not_charged(void)
{
	struct iommufd_pages *pages;

	world_init();
	tasks[0].memlock = 0;
	tasks[0].ipc_lock = true;
	pages = new_pages(0, 1, true, IOMMUFD_ACCOUNT_USER);
	tasks[0].ipc_lock = false;
	check_eq(iommufd_pages_pin(pages), 0);
	check_eq(locked_pages(), 0);
	iommufd_pages_unpin(pages);
	iommufd_pages_put(pages);
	check_clean();
}

static void test_arguments(void)
{
	struct iommufd_pages *pages;
	void *end = (void *)~0UL;

	world_init();
	check_eq(PTR_ERR(iommufd_pages_alloc_user(NULL, 0, true, 0)), -EINVAL);
	check_eq(PTR_ERR(iommufd_pages_alloc_user(end, 2, true, 0)),
		 -EOVERFLOW);
	pages = iommufd_pages_alloc_user(NULL, ~0UL, true, 0);
	check_eq(pages->npages, BIT(52));
	tasks[0].memlock = ~0UL;
	check_eq(iommufd_pages_pin(pages), -ENOMEM);
	iommufd_pages_put(pages);

	pages = iommufd_pages_alloc_user(end, 1, true, IOMMUFD_ACCOUNT_NONE);
	check_eq(pages->npages, 1);
	check_eq(iommufd_pages_pin(pages), -EFAULT);
	iommufd_pages_put(pages);

	/* One byte on either side of a page boundary. */
	pages = iommufd_pages_alloc_user((void *)0x1fff, 2, false, 0);
	check_eq(pages->npages, 2);
	check_eq(pages->backing.start, 0x1000);
	check_eq(pages->head, 0xfff);
	check_eq(iommufd_pages_map(pages, domains, 0, 4096, 8192, IOMMU_READ,
				   SZ_1G), -EINVAL);
	check_eq(iommufd_pages_map(pages, domains, 0, 8192, ~4095UL, IOMMU_READ,
				   SZ_1G), -EINVAL);
	check_eq(iommufd_pages_map(pages, domains, 0, 0, 8192, IOMMU_WRITE,
				   SZ_1G), -EPERM);
	iommufd_pages_put(pages);
	check_clean();
}

/* What is not pinned finds a payer, even one whose user has locked too much. */
static void test_nothing_to_charge(void)
{
	struct iommufd_pages *held, *pages;
	LIST_HEAD(changes);

	world_init();
	held = new_pages(0, 10, true, IOMMUFD_ACCOUNT_USER);
	pages = new_pages(100, 10, true, IOMMUFD_ACCOUNT_USER);
	check_eq(iommufd_pages_pin(held), 0);

	current = &tasks[1];
	tasks[1].memlock = 5 * PAGE_SIZE;
	check_eq(iommufd_payer_prepare(held, IOMMUFD_ACCOUNT_USER, &changes),
		 -ENOMEM);
	check_eq(iommufd_payer_prepare(pages, IOMMUFD_ACCOUNT_USER, &changes),
		 0);
	iommufd_payer_commit(&changes);
	check_eq(iommufd_pages_pin(pages), -ENOMEM);

	iommufd_pages_unpin(held);
	iommufd_pages_put(held);
	iommufd_pages_put(pages);
	check_clean();
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "arguments", test_arguments },
		{ "a_hole_anywhere_undoes_the_pin", test_each_hole },
		{ "process_gone", test_process_gone },
		{ "limit_is_exact", test_limit_is_exact },
		{ "limit_is_shared", test_limit_is_shared },
		{ "large_leaves_are_made_and_not_cut", test_large_leaves },
		{ "ipc_lock_is_not_charged", test_ipc_lock_is_not_charged },
		{ "nothing_to_charge_needs_no_limit", test_nothing_to_charge },
	};

	return tap_run(tests, ARRAY_SIZE(tests));
}
