/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A naive model of who pays for pinned memory: it counts users of each page, and
 * sums up from the start what follows for everybody.
 */
#ifndef __PAYER_MODEL_H
#define __PAYER_MODEL_H

#include "pages.h"
#include "world.h"

#define MODEL_OBJECTS	4
#define MODEL_PAGES	1600

/*
 * Who pays, and as which user with which memory: tasks change theirs. Nobody,
 * that is all 0, with IOMMUFD_ACCOUNT_NONE.
 */
struct payer {
	enum iommufd_account_mode mode;
	unsigned int task;
	unsigned int user;
	unsigned int mm;
};

/**
 * struct object - A pages object
 * @pages: It, or NULL
 * @first: Its first page of user memory
 * @npages: Pages
 * @writable: Devices may write to it
 * @whole: Users of the pins of all pages
 * @own: Those of them that pinned all, and not a range
 * @singles: Users of each page that is pinned by itself
 * @nr_singles: Pages that have such users
 * @payer: Who pays
 * @next: Who else pays while that changes
 * @has_next: It does
 */
struct object {
	struct iommufd_pages *pages;
	unsigned long first;
	unsigned long npages;
	bool writable;
	unsigned long whole;
	unsigned long own;
	unsigned int singles[MODEL_PAGES];
	unsigned long nr_singles;
	struct payer payer;
	struct payer next;
	bool has_next;
};

/**
 * struct sums - What has to be counted, in pages
 * @locked: Of each user
 * @vm_pin: Of each mm
 * @vm_lck: Of each mm
 * @pinned: By the context, each page once
 * @charged: Those of them that somebody pays for
 * @pins: Pins
 */
struct sums {
	unsigned long locked[WORLD_USERS];
	unsigned long vm_pin[WORLD_MMS];
	unsigned long vm_lck[WORLD_MMS];
	unsigned long pinned;
	unsigned long charged;
	unsigned long pins;
};

extern struct object objects[MODEL_OBJECTS];

struct payer model_payer(unsigned int task, enum iommufd_account_mode mode);
bool model_same_payer(struct payer a, struct payer b);
void model_sum_up(struct sums *sums);
int model_charge(const struct object *object, unsigned long npages);
int model_prepare(const struct object *object, struct payer next);

void model_use(struct object *object, unsigned long first,
	       unsigned long npages);
void model_unuse(struct object *object, unsigned long first,
		 unsigned long npages);

#endif
