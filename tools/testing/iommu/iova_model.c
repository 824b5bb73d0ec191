// SPDX-License-Identifier: GPL-2.0-only
/*
 * See iova_model.h.
 */
#include <uapi/linux/iommufd.h>

#include "iova_model.h"
#include "pages.h"

unsigned int model_domains(const struct model *model)
{
	unsigned int i, nr = 0;

	for (i = 0; i < MODEL_DOMAINS; i++)
		nr += !!model->leaf[i];
	return nr;
}

unsigned long model_alignment(const struct model *model)
{
	unsigned long alignment = model->huge_pages ? 1 : PAGE_SIZE;
	unsigned int i;

	for (i = 0; i < MODEL_DOMAINS; i++)
		if (model->leaf[i] > alignment)
			alignment = model->leaf[i];
	return alignment;
}

static bool is_aligned(unsigned long x, unsigned long alignment)
{
	return x % alignment == 0;
}

static bool overlap(unsigned long start, unsigned long last,
		    unsigned long other_start, unsigned long other_last)
{
	return start <= other_last && other_start <= last;
}

static bool is_reserved(const struct model *model, unsigned long start,
			unsigned long last)
{
	unsigned int i;

	for (i = 0; i < model->nr_reserved; i++)
		if (overlap(start, last, model->reserved[i].start,
			    model->reserved[i].last))
			return true;
	return false;
}

static bool is_mapped(const struct model *model, unsigned long start,
		      unsigned long last)
{
	unsigned int i;

	for (i = 0; i < model->nr_areas; i++)
		if (overlap(start, last, model->areas[i].start,
			    model->areas[i].last))
			return true;
	return false;
}

/* Does the list name some of these? */
static bool is_allowed_in_part(const struct model *model, unsigned long start,
			       unsigned long last)
{
	unsigned int i;

	for (i = 0; i < model->nr_allowed; i++)
		if (overlap(start, last, model->allowed[i].start,
			    model->allowed[i].last))
			return true;
	return false;
}

/* May the kernel choose them? */
static bool is_allowed(const struct model *model, unsigned long start,
		       unsigned long last)
{
	unsigned int i;

	for (i = 0; i < model->nr_allowed; i++)
		if (start >= model->allowed[i].start &&
		    last <= model->allowed[i].last)
			return true;
	return !model->nr_allowed;
}

static int check_fixed(const struct model *model, unsigned long iova,
		       unsigned long length)
{
	unsigned long last = iova + length - 1;

	if (last < iova)
		return -EOVERFLOW;
	if (!is_aligned(iova, model_alignment(model)) ||
	    !is_aligned(length, model_alignment(model)) ||
	    is_reserved(model, iova, last))
		return -EINVAL;
	return is_mapped(model, iova, last) ? -EEXIST : 0;
}

struct choice {
	const struct model *model;
	unsigned long uptr;
	unsigned long length;
	unsigned long alignment;
	unsigned long best;
	bool found;
};

/* The lowest address from @from on that is congruent: is there room? */
static void consider(struct choice *choice, unsigned long from)
{
	unsigned long start = from, last;

	while (!is_aligned(start - choice->uptr, choice->alignment)) {
		unsigned long to = choice->alignment -
				   (start - choice->uptr) % choice->alignment;

		start += to;
		if (start < to)
			return;
	}
	last = start + choice->length - 1;
	if (start < PAGE_SIZE || last < start ||
	    (choice->found && start >= choice->best) ||
	    is_reserved(choice->model, start, last) ||
	    is_mapped(choice->model, start, last) ||
	    !is_allowed(choice->model, start, last))
		return;
	choice->best = start;
	choice->found = true;
}

static void consider_behind(struct choice *choice, unsigned long last)
{
	if (last != ULONG_MAX)
		consider(choice, last + 1);
}

/* The lowest room is at the bottom, or something is right below. */
static void consider_all(struct choice *choice)
{
	const struct model *model = choice->model;
	unsigned int i;

	consider(choice, PAGE_SIZE);
	for (i = 0; i < model->nr_allowed; i++)
		consider(choice, model->allowed[i].start);
	for (i = 0; i < model->nr_reserved; i++)
		consider_behind(choice, model->reserved[i].last);
	for (i = 0; i < model->nr_areas; i++)
		consider_behind(choice, model->areas[i].last);
}

static int choose(const struct model *model, unsigned long uptr,
		  unsigned long length, unsigned long *iova)
{
	const unsigned long alignments[] = { PUD_SIZE, PMD_SIZE, PAGE_SIZE,
					     model_alignment(model) };
	struct choice choice = {
		.model = model, .uptr = uptr, .length = length,
	};
	unsigned int i;

	if (length >= ULONG_MAX / 2)
		return -EOVERFLOW;
	if (!is_aligned(length, model_alignment(model)) ||
	    !is_aligned(uptr, model_alignment(model)))
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(alignments) && !choice.found; i++) {
		/* Memory this small has no such pages. */
		if (alignments[i] > PAGE_SIZE && alignments[i] > length)
			continue;
		choice.alignment = alignments[i];
		consider_all(&choice);
	}
	*iova = choice.best;
	return choice.found ? 0 : -ENOSPC;
}

/* What calls for pages give: each area is pinned and mapped in each domain. */
static int fill(struct model *model, unsigned long nr)
{
	if (model->calls_left < 0 || nr * 2 <= model->calls_left)
		return 0;
	return model->calls_left % 2 ? -ENOMEM : -EFAULT;
}

static int alloc(struct model *model)
{
	if (!model->allocs_left)
		return -ENOMEM;
	model->allocs_left--;
	return 0;
}

static void insert(struct model *model, struct mapping area)
{
	unsigned int i = model->nr_areas++;

	for (; i && model->areas[i - 1].start > area.start; i--)
		model->areas[i] = model->areas[i - 1];
	model->areas[i] = area;
}

/* Areas one after the other: their addresses count from 0 yet. */
static int place(struct model *model, const struct mapping *areas,
		 unsigned int nr, unsigned long length, bool fixed,
		 unsigned long *iova)
{
	unsigned long alignment = model_alignment(model);
	unsigned int i;
	int rc;

	for (i = 0; i < nr; i++)
		if (!is_aligned(areas[i].offset, alignment) ||
		    !is_aligned(areas[i].last - areas[i].start + 1, alignment))
			return -EINVAL;
	if (fixed)
		rc = check_fixed(model, *iova, length);
	else
		rc = choose(model, areas->pages->backing.start + areas->offset,
			    length, iova);
	if (!rc)
		rc = fill(model, nr * model_domains(model));
	if (rc)
		return rc;
	for (i = 0; i < nr; i++) {
		struct mapping area = areas[i];

		area.start += *iova;
		area.last += *iova;
		insert(model, area);
	}
	return 0;
}

int model_map(struct model *model, struct iommufd_pages *pages,
	      unsigned long length, int prot, bool fixed, unsigned long *iova)
{
	struct mapping area = { 0, length - 1, pages, pages->head, prot };

	/* Nothing is allocated: the area lies in the pages. */
	return place(model, &area, 1, length, fixed, iova);
}

int model_copy(struct model *dst, struct model *src, unsigned long src_iova,
	       unsigned long length, int prot, bool fixed, unsigned long *iova)
{
	struct mapping copies[MODEL_AREAS];
	unsigned long last = src_iova + length - 1, at = src_iova;
	unsigned int i, nr = 0;

	for (i = 0; i < src->nr_areas; i++) {
		struct mapping copy = src->areas[i];

		if (copy.last < at)
			continue;
		if (copy.start > at)
			return -ENOENT;
		if ((prot & IOMMU_WRITE) && !copy.pages->backing.writable)
			return -EPERM;
		if (alloc(dst))
			return -ENOMEM;
		copy.offset += at - copy.start;
		copy.prot = prot;
		copy.last = copy.last < last ? copy.last : last;
		copy.start = at - src_iova;
		copy.last -= src_iova;
		copies[nr++] = copy;
		if (copy.last == length - 1)
			return place(dst, copies, nr, length, fixed, iova);
		at = src_iova + copy.last + 1;
	}
	return -ENOENT;
}

int model_unmap(struct model *model, unsigned long iova, unsigned long last,
		unsigned long *unmapped)
{
	unsigned int i, nr = 0;

	*unmapped = 0;
	for (i = 0; i < model->nr_areas; i++) {
		struct mapping *area = &model->areas[i];

		if (overlap(iova, last, area->start, area->last) &&
		    (area->start < iova || area->last > last))
			return -ENOENT;
	}
	for (i = 0; i < model->nr_areas; i++) {
		struct mapping area = model->areas[i];

		if (overlap(iova, last, area.start, area.last))
			*unmapped += area.last - area.start + 1;
		else
			model->areas[nr++] = area;
	}
	model->nr_areas = nr;
	return 0;
}

int model_reserve(struct model *model, unsigned long start, unsigned long last,
		  const void *owner)
{
	if (start > last)
		return -EINVAL;
	if (alloc(model))
		return -ENOMEM;
	if (is_mapped(model, start, last) ||
	    is_allowed_in_part(model, start, last))
		return -EADDRINUSE;
	model->reserved[model->nr_reserved++] =
		(struct model_range){ start, last, owner };
	return 0;
}

void model_unreserve(struct model *model, const void *owner)
{
	unsigned int i, nr = 0;

	for (i = 0; i < model->nr_reserved; i++)
		if (model->reserved[i].owner != owner)
			model->reserved[nr++] = model->reserved[i];
	model->nr_reserved = nr;
}

int model_allow(struct model *model, const struct iommu_iova_range *ranges,
		size_t count)
{
	size_t i, j;

	for (i = 0; i < count; i++) {
		if (ranges[i].start >= ranges[i].last)
			return -EINVAL;
		for (j = 0; j < i; j++)
			if (overlap(ranges[i].start, ranges[i].last,
				    ranges[j].start, ranges[j].last))
				return -EINVAL;
		if (alloc(model))
			return -ENOMEM;
	}
	for (i = 0; i < count; i++)
		if (is_reserved(model, ranges[i].start, ranges[i].last))
			return -EADDRINUSE;
	for (i = 0; i < count; i++)
		model->allowed[i] = (struct model_range){
			ranges[i].start, ranges[i].last, NULL
		};
	model->nr_allowed = count;
	return 0;
}

/* Up from 0: the next address that is not reserved, and how far it goes. */
size_t model_ranges(const struct model *model, struct iommu_iova_range *ranges,
		    size_t room)
{
	unsigned long start = 0, last;
	unsigned int i, count = 0;

	for (;;) {
		for (i = 0; i < model->nr_reserved; i++) {
			if (!overlap(start, start, model->reserved[i].start,
				     model->reserved[i].last))
				continue;
			if (model->reserved[i].last == ULONG_MAX)
				return count;
			start = model->reserved[i].last + 1;
			i = -1;
		}
		last = ULONG_MAX;
		for (i = 0; i < model->nr_reserved; i++)
			if (model->reserved[i].start > start &&
			    model->reserved[i].start - 1 < last)
				last = model->reserved[i].start - 1;
		if (count++ < room)
			ranges[count - 1] = (struct iommu_iova_range){
				start, last
			};
		if (last == ULONG_MAX)
			return count;
		start = last + 1;
	}
}

static int check_alignment(const struct model *model, unsigned long alignment)
{
	unsigned int i;

	for (i = 0; i < model->nr_areas; i++) {
		const struct mapping *area = &model->areas[i];

		if (!is_aligned(area->start, alignment) ||
		    !is_aligned(area->offset, alignment) ||
		    !is_aligned(area->last - area->start + 1, alignment))
			return -EADDRINUSE;
	}
	return 0;
}

int model_add_domain(struct model *model, unsigned int slot,
		     const struct iommu_domain *domain, const void *owner)
{
	const struct iommu_domain_geometry *geometry = &domain->geometry;
	unsigned long leaf = domain->pgsize_bitmap & -domain->pgsize_bitmap;
	int rc;

	if (leaf > PAGE_SIZE)
		return -EINVAL;
	rc = check_alignment(model, leaf);
	if (!rc && geometry->aperture_start)
		rc = model_reserve(model, 0, geometry->aperture_start - 1,
				   owner);
	if (!rc && geometry->aperture_end != ULONG_MAX)
		rc = model_reserve(model, geometry->aperture_end + 1, ULONG_MAX,
				   owner);
	if (!rc)
		rc = fill(model, model->nr_areas);
	if (rc)
		model_unreserve(model, owner);
	else
		model->leaf[slot] = leaf;
	return rc;
}

void model_remove_domain(struct model *model, unsigned int slot,
			 const void *owner)
{
	model_unreserve(model, owner);
	model->leaf[slot] = 0;
}

int model_set_huge_pages(struct model *model, bool huge_pages)
{
	int rc = 0;

	if (!huge_pages && model_domains(model) && model->nr_areas)
		rc = -EINVAL;
	else if (!huge_pages)
		rc = check_alignment(model, PAGE_SIZE);
	if (!rc)
		model->huge_pages = huge_pages;
	return rc;
}
