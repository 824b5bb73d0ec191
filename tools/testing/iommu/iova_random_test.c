// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map of areas against a naive model.
 *
 * Two maps with few addresses at both ends of 64 bits, so that room gets scarce.
 * Random calls have to give what the model gives, errors included, and to leave
 * the same areas in the maps and in all of their domains. Memory that cannot be
 * had, users that do not let go, and signals have to change nothing.
 */
#include <uapi/linux/iommufd.h>

#include "iopt_domain.h"
#include "iova.h"
#include "iova_test.h"
#include "pages.h"

#define OPS		1000000UL
#define EPOCH		2000
#define OWNERS		4

static char owners[OWNERS];

/* Which results came up: each of them has to, and to equal the model's. */
enum op {
	OP_MAP, OP_CHOOSE, OP_COPY, OP_UNMAP, OP_UNMAP_ALL, OP_RESERVE,
	OP_ALLOW, OP_ADD_DOMAIN, OP_HUGE_PAGES, NR_OPS
};

static unsigned long seen[NR_OPS][EADDRINUSE + 1];

static int note(enum op op, int rc)
{
	check(rc <= 0 && rc >= -EADDRINUSE);
	seen[op][-rc]++;
	return rc;
}

/* An area that somebody works on is there for nobody else. */
static void check_in_work(struct iommufd_iopt *iopt, unsigned long iova,
			  unsigned long length, int copy_rc)
{
	long calls_left = world.calls_left, allocs_left = shim_allocs_left;
	long kill_after = world.kill_after;
	unsigned long unmapped;

	check_unlocked(iopt);
	if (world.killed)
		return;
	world.kill_after = -1;
	shim_allocs_left = -1;
	check_eq(iommufd_iopt_unmap(iopt, iova, iova + length - 1, &unmapped),
		 -EBUSY);
	check_eq(iommufd_iopt_unmap_all(iopt, &unmapped), -EBUSY);
	check_eq(iommufd_iopt_copy(iopt, iova, iopt, iova, length, IOMMU_READ,
				   NULL, NULL), copy_rc);
	world.calls_left = calls_left;
	world.kill_after = kill_after;
	shim_allocs_left = allocs_left;
}

/* What the kernel's choice is told to. */
struct telling {
	struct map *map;
	unsigned long length;
	unsigned long iova;
	int rc;
};

static int tell(void *data, unsigned long iova)
{
	struct telling *telling = data;

	telling->iova = iova;
	if (one_in(4))
		check_in_work(&telling->map->iopt, iova, telling->length,
			      -ENOENT);
	return telling->rc;
}

/* What @tell refuses is taken back. */
static int after_telling(struct telling *telling, bool fixed,
			 unsigned long iova, int rc)
{
	unsigned long unmapped;

	if (rc || fixed)
		return rc;
	check_eq(telling->iova, iova);
	if (telling->rc)
		model_unmap(&telling->map->model, iova,
			    iova + telling->length - 1, &unmapped);
	return telling->rc;
}

static void op_map(void)
{
	unsigned long length = random_length(), iova = random_iova(), uptr;
	bool writable = one_in(2), fixed = one_in(3);
	struct map *map = random_map();
	struct telling telling = { map, length, 0, one_in(16) ? -EFAULT : 0 };
	int prot = writable ? IOMMU_READ | IOMMU_WRITE : IOMMU_READ;
	struct iommufd_pages *pages;
	int rc;

	uptr = random_below(64) * PAGE_SIZE;
	if (one_in(8))
		uptr += random_below(PAGE_SIZE / unit) * unit;
	if (one_in(64))
		uptr += random_below(PAGE_SIZE);
	if (uptr + length - 1 < uptr || map->model.nr_areas == MODEL_AREAS)
		return;
	pages = world_new_pages(uptr, length, writable);
	/* The model may look at pages that were not mapped. */
	iommufd_pages_get(pages);
	begin_trouble(map);
	rc = iommufd_iopt_map(&map->iopt, pages, iova, length, prot,
			      fixed ? NULL : tell, &telling);
	if (!end_trouble(rc)) {
		int due = model_map(&map->model, pages, length, prot, fixed,
				    &iova);

		due = after_telling(&telling, fixed, iova, due);
		check_eq(note(fixed ? OP_MAP : OP_CHOOSE, rc), due);
	}
	iommufd_pages_put(pages);
}

static void op_copy(void)
{
	int prot = one_in(2) ? IOMMU_READ : IOMMU_READ | IOMMU_WRITE;
	struct map *dst = random_map(), *src = random_map();
	unsigned long iova = random_iova(), start, last;
	struct telling telling = { dst, 0, 0, one_in(16) ? -EFAULT : 0 };
	bool fixed = one_in(2);
	int rc, due;

	random_range(&src->model, &start, &last);
	telling.length = last - start + 1;
	if (!telling.length ||
	    dst->model.nr_areas + src->model.nr_areas > MODEL_AREAS)
		return;
	begin_trouble(dst);
	rc = iommufd_iopt_copy(&dst->iopt, iova, &src->iopt, start,
			       telling.length, prot, fixed ? NULL : tell,
			       &telling);
	if (end_trouble(rc))
		return;
	due = model_copy(&dst->model, &src->model, start, telling.length, prot,
			 fixed, &iova);
	due = after_telling(&telling, fixed, iova, due);
	check_eq(note(OP_COPY, rc), due);
}

static bool clinging, asked;

/* Of an in-kernel user that may not let go. */
static int evict(struct iommufd_iopt *iopt, struct list_head *areas)
{
	struct iommufd_area *area;

	if (list_empty(areas))
		return 0;
	asked = true;
	list_for_each_entry(area, areas, item)
		check_eq(area->state, IOMMUFD_AREA_DYING);
	area = list_first_entry(areas, struct iommufd_area, item);
	if (one_in(4))
		check_in_work(iopt, area->start, area->length, -EBUSY);
	return clinging ? -EDEADLOCK : 0;
}

static void op_unmap(void)
{
	struct map *map = random_map();
	unsigned long start, last, unmapped = 1, due_bytes;
	bool all = one_in(200);
	int rc, due;

	random_range(&map->model, &start, &last);
	asked = false;
	clinging = one_in(16);
	world.evict = evict;
	begin_trouble(map);
	shim_allocs_left = 0;
	if (all)
		rc = iommufd_iopt_unmap_all(&map->iopt, &unmapped);
	else
		rc = iommufd_iopt_unmap(&map->iopt, start, last, &unmapped);
	world.evict = NULL;
	if (end_trouble(rc) || (clinging && asked)) {
		check(rc == -EINTR || rc == -EDEADLOCK);
		check_eq(unmapped, 0);
		note(all ? OP_UNMAP_ALL : OP_UNMAP, rc);
		return;
	}
	due = model_unmap(&map->model, all ? 0 : start, all ? ULONG_MAX : last,
			  &due_bytes);
	if (!due && !due_bytes && !all)
		due = -ENOENT;
	check_eq(note(all ? OP_UNMAP_ALL : OP_UNMAP, rc), due);
	check_eq(unmapped, due_bytes);
}

static void op_reserve(void)
{
	const void *owner = &owners[random_below(OWNERS)];
	unsigned long start = random_iova(), last;
	struct map *map = random_map();
	int rc;

	last = start + random_below(8) * unit - 1;
	if (one_in(8))
		last = random_iova();
	if (one_in(16))
		last = ULONG_MAX;
	if (map->model.nr_reserved > MODEL_RANGES - 2 * MODEL_DOMAINS - 2)
		return;
	begin_trouble(map);
	rc = iommufd_iova_reserve(&map->iopt, start, last, owner);
	end_trouble(rc);
	check_eq(note(OP_RESERVE, rc),
		 model_reserve(&map->model, start, last, owner));
}

static void op_unreserve(void)
{
	const void *owner = &owners[random_below(OWNERS)];
	struct map *map = random_map();

	iommufd_iova_unreserve(&map->iopt, owner);
	model_unreserve(&map->model, owner);
}

static void op_allow(void)
{
	struct iommu_iova_range ranges[4];
	size_t i, count = one_in(2) ? 0 : 1 + random_below(ARRAY_SIZE(ranges));
	struct map *map = random_map();
	int rc;

	for (i = 0; i < count; i++) {
		ranges[i].start = random_iova();
		ranges[i].last = ranges[i].start + random_below(40) * unit - 1;
		/* Right behind another one. */
		if (i && one_in(3)) {
			ranges[i].start = ranges[i - 1].last + 1;
			ranges[i].last = ranges[i].start + 20 * unit - 1;
		}
		if (one_in(16))
			ranges[i].last = one_in(2) ? ULONG_MAX : ranges[i].start;
	}
	begin_trouble(map);
	rc = iommufd_iova_allow(&map->iopt, ranges, count);
	end_trouble(rc);
	check_eq(note(OP_ALLOW, rc), model_allow(&map->model, ranges, count));
}

static void op_ranges(void)
{
	struct iommu_iova_range ranges[MODEL_RANGES], due[MODEL_RANGES];
	size_t room = random_below(MODEL_RANGES), count, i;
	struct map *map = random_map();

	count = iommufd_iova_ranges(&map->iopt, ranges, room);
	check_eq(count, model_ranges(&map->model, due, room));
	for (i = 0; i < count && i < room; i++) {
		check_eq(ranges[i].start, due[i].start);
		check_eq(ranges[i].last, due[i].last);
	}
}

static void remove_domain(struct map *map, unsigned int slot)
{
	struct iommufd_iopt_domain *idomain = &map->idomains[slot];

	shim_allocs_left = 0;
	iommufd_iopt_remove_domain(&map->iopt, idomain);
	shim_allocs_left = -1;
	check_eq(idomain->domain->nr, 0);
	model_remove_domain(&map->model, slot, idomain);
}

static void add_domain(struct map *map, unsigned int slot)
{
	struct iommufd_iopt_domain *idomain = &map->idomains[slot];
	struct iommu_domain *domain = &map->domains[slot];
	int rc;

	domain->pgsize_bitmap = PAGE_SIZE | SZ_2M;
	if (one_in(3))
		domain->pgsize_bitmap = unit | SZ_2M;
	if (one_in(16))
		domain->pgsize_bitmap = BIT(random_below(22));
	domain->geometry.aperture_start = one_in(3) ? random_iova() : 0;
	domain->geometry.aperture_end = one_in(3) ? random_iova() : ULONG_MAX;
	if (domain->geometry.aperture_end <= domain->geometry.aperture_start)
		domain->geometry.aperture_end = ULONG_MAX;
	domain->nr = 0;
	idomain->domain = domain;

	begin_trouble(map);
	rc = iommufd_iopt_add_domain(&map->iopt, idomain);
	if (!end_trouble(rc))
		check_eq(note(OP_ADD_DOMAIN, rc),
			 model_add_domain(&map->model, slot, domain, idomain));
	if (rc)
		check_eq(domain->nr, 0);
}

static void op_domain(void)
{
	unsigned int slot = random_below(MODEL_DOMAINS);
	struct map *map = random_map();

	if (one_in(2))
		return;
	if (map->model.leaf[slot])
		remove_domain(map, slot);
	else
		add_domain(map, slot);
}

static void op_huge_pages(void)
{
	struct map *map = random_map();
	bool huge_pages = one_in(2);
	int rc;

	begin_trouble(map);
	rc = iommufd_iopt_set_huge_pages(&map->iopt, huge_pages);
	if (!end_trouble(rc))
		check_eq(note(OP_HUGE_PAGES, rc),
			 model_set_huge_pages(&map->model, huge_pages));
	check_eq(iommufd_iopt_huge_pages(&map->iopt), map->model.huge_pages);
}

static void random_op(void)
{
	static void (*const ops[])(void) = {
		op_map, op_map, op_map, op_map, op_map, op_copy, op_copy,
		op_unmap, op_unmap, op_reserve,
		op_unreserve, op_allow, op_ranges, op_domain, op_huge_pages,
	};

	ops[random_below(ARRAY_SIZE(ops))]();
	check_all();
}

/* In most maps there is nothing to be had between the ends. */
static void begin(void)
{
	unsigned int i;

	unit = one_in(3) ? BIT(9 + random_below(3)) : PAGE_SIZE;
	for (i = 0; i < 2; i++) {
		struct map *map = &maps[i];

		memset(map, 0, sizeof(*map));
		iommufd_iopt_init(&map->iopt, &usage);
		map->model.huge_pages = true;
		map->model.allocs_left = -1;
		if (one_in(4))
			continue;
		check_eq(iommufd_iova_reserve(&map->iopt, ZONE, -ZONE - 1,
					      &map->iopt), 0);
		model_reserve(&map->model, ZONE, -ZONE - 1, &map->iopt);
	}
}

static void end(void)
{
	unsigned int i, j;

	for (i = 0; i < 2; i++) {
		for (j = 0; j < MODEL_DOMAINS; j++)
			if (maps[i].model.leaf[j])
				remove_domain(&maps[i], j);
		for (j = 0; j < OWNERS; j++)
			iommufd_iova_unreserve(&maps[i].iopt, &owners[j]);
		iommufd_iopt_destroy(&maps[i].iopt);
	}
	check_eq(shim_live_blocks, 0);
	check_eq(usage.areas.value, 0);
	check_eq(usage.mapped.value, 0);
}

/* What the test has to have come across to be worth something. */
static void check_seen(void)
{
	static const struct {
		enum op op;
		int rc;
	} due[] = {
		{ OP_MAP, 0 }, { OP_MAP, EINVAL }, { OP_MAP, EEXIST },
		{ OP_MAP, EOVERFLOW }, { OP_MAP, EFAULT }, { OP_MAP, ENOMEM },
		{ OP_CHOOSE, 0 }, { OP_CHOOSE, EINVAL }, { OP_CHOOSE, ENOSPC },
		{ OP_CHOOSE, EOVERFLOW }, { OP_CHOOSE, EFAULT },
		{ OP_CHOOSE, ENOMEM }, { OP_COPY, 0 }, { OP_COPY, ENOENT },
		{ OP_COPY, EPERM }, { OP_COPY, EINVAL }, { OP_COPY, EEXIST },
		{ OP_COPY, ENOSPC }, { OP_COPY, ENOMEM }, { OP_COPY, EFAULT },
		{ OP_COPY, EOVERFLOW }, { OP_UNMAP, 0 }, { OP_UNMAP, ENOENT },
		{ OP_UNMAP, EDEADLOCK }, { OP_UNMAP, EINTR },
		{ OP_UNMAP_ALL, 0 }, { OP_UNMAP_ALL, EDEADLOCK },
		{ OP_RESERVE, 0 }, { OP_RESERVE, EINVAL },
		{ OP_RESERVE, EADDRINUSE }, { OP_RESERVE, ENOMEM },
		{ OP_ALLOW, 0 }, { OP_ALLOW, EINVAL },
		{ OP_ALLOW, EADDRINUSE }, { OP_ALLOW, ENOMEM },
		{ OP_ADD_DOMAIN, 0 }, { OP_ADD_DOMAIN, EINVAL },
		{ OP_ADD_DOMAIN, EADDRINUSE }, { OP_ADD_DOMAIN, EFAULT },
		{ OP_ADD_DOMAIN, ENOMEM }, { OP_HUGE_PAGES, 0 },
		{ OP_HUGE_PAGES, EINVAL }, { OP_HUGE_PAGES, EADDRINUSE },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(due); i++)
		check(seen[due[i].op][due[i].rc]);
}

static void test_random(void)
{
	unsigned long op;

	begin();
	for (op = 1; op <= OPS; op++) {
		random_op();
		if (op % EPOCH == 0) {
			end();
			begin();
		}
	}
	end();
	check_seen();
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "random_operations_equal_the_model", test_random },
	};

	return tap_run(tests, ARRAY_SIZE(tests));
}
