/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A naive model of a map of areas: lists that are always searched from the start,
 * and no memory of where room was. A function tells what the kernel's has to
 * give, and changes the model likewise.
 */
#ifndef __IOVA_MODEL_H
#define __IOVA_MODEL_H

#include "iova_shim/kernel.h"

struct iommu_iova_range;

#define MODEL_AREAS	64
#define MODEL_RANGES	32
#define MODEL_DOMAINS	3

/* Addresses that cannot be mapped, or that choices are made from. */
struct model_range {
	unsigned long start;
	unsigned long last;
	const void *owner;
};

/**
 * struct model - What a map has to hold
 * @areas: What is mapped where, by IOVA
 * @nr_areas: Their number
 * @reserved: In any order, may overlap
 * @nr_reserved: Their number
 * @allowed: Not overlapping
 * @nr_allowed: Their number
 * @leaf: The smallest of each domain, 0: no domain
 * @huge_pages: Leaves may be larger than a page
 * @calls_left: Calls for pages that succeed, -1: all
 * @allocs_left: Allocations that succeed, -1: all
 */
struct model {
	struct mapping areas[MODEL_AREAS];
	unsigned int nr_areas;
	struct model_range reserved[MODEL_RANGES];
	unsigned int nr_reserved;
	struct model_range allowed[MODEL_RANGES];
	unsigned int nr_allowed;
	unsigned long leaf[MODEL_DOMAINS];
	bool huge_pages;
	long calls_left;
	long allocs_left;
};

unsigned long model_alignment(const struct model *model);
unsigned int model_domains(const struct model *model);

int model_map(struct model *model, struct iommufd_pages *pages,
	      unsigned long length, int prot, bool fixed, unsigned long *iova);
int model_copy(struct model *dst, struct model *src, unsigned long src_iova,
	       unsigned long length, int prot, bool fixed, unsigned long *iova);
int model_unmap(struct model *model, unsigned long iova, unsigned long last,
		unsigned long *unmapped);

int model_reserve(struct model *model, unsigned long start, unsigned long last,
		  const void *owner);
void model_unreserve(struct model *model, const void *owner);
int model_allow(struct model *model, const struct iommu_iova_range *ranges,
		size_t count);
size_t model_ranges(const struct model *model, struct iommu_iova_range *ranges,
		    size_t room);

int model_add_domain(struct model *model, unsigned int slot,
		     const struct iommu_domain *domain, const void *owner);
void model_remove_domain(struct model *model, unsigned int slot,
			 const void *owner);
int model_set_huge_pages(struct model *model, bool huge_pages);

#endif
