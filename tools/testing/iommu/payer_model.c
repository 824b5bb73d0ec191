// SPDX-License-Identifier: GPL-2.0-only
/*
 * See payer_model.h.
 */
#include "payer_model.h"

struct object objects[MODEL_OBJECTS];

struct payer model_payer(unsigned int task, enum iommufd_account_mode mode)
{
	struct payer payer = { .mode = mode, .task = task };

	if (mode == IOMMUFD_ACCOUNT_NONE || tasks[task].ipc_lock)
		return (struct payer){ .mode = IOMMUFD_ACCOUNT_NONE };
	payer.mm = tasks[task].mm - mms;
	if (mode == IOMMUFD_ACCOUNT_USER)
		payer.user = tasks[task].user - users;
	return payer;
}

bool model_same_payer(struct payer a, struct payer b)
{
	return a.mode == b.mode && a.task == b.task && a.user == b.user &&
	       a.mm == b.mm;
}

/* Two processes of a user share what the user has locked. */
static bool share_user(struct payer a, struct payer b)
{
	return a.mode == IOMMUFD_ACCOUNT_USER &&
	       b.mode == IOMMUFD_ACCOUNT_USER && a.user == b.user;
}

static unsigned long pinned(const struct object *object)
{
	return object->whole ? object->npages : object->nr_singles;
}

static void add(struct sums *sums, struct payer payer, unsigned long npages)
{
	switch (payer.mode) {
	case IOMMUFD_ACCOUNT_USER:
		sums->locked[payer.user] += npages;
		sums->vm_pin[payer.mm] += npages;
		break;
	case IOMMUFD_ACCOUNT_PROCESS:
		sums->vm_lck[payer.mm] += npages;
		break;
	case IOMMUFD_ACCOUNT_NONE:
		break;
	}
}

void model_sum_up(struct sums *sums)
{
	const struct object *object;

	*sums = (struct sums){ .pins = 0 };
	for (object = objects; object < objects + MODEL_OBJECTS; object++) {
		unsigned long n = pinned(object);

		if (!object->pages)
			continue;
		sums->pinned += n;
		sums->pins += object->nr_singles;
		sums->pins += object->whole ? object->npages : 0;
		if (object->payer.mode != IOMMUFD_ACCOUNT_NONE)
			sums->charged += n;
		add(sums, object->payer, n);
		if (!object->has_next)
			continue;
		add(sums, object->next, n);
		if (share_user(object->payer, object->next))
			sums->locked[object->next.user] -= n;
	}
}

/* Would a payer be over the limit with so many pages more? */
static int check_limit(struct payer payer, unsigned long npages)
{
	unsigned long limit = tasks[payer.task].memlock >> PAGE_SHIFT, locked;
	struct sums sums;

	if (payer.mode == IOMMUFD_ACCOUNT_NONE)
		return 0;
	model_sum_up(&sums);
	locked = payer.mode == IOMMUFD_ACCOUNT_USER ?
		 sums.locked[payer.user] : sums.vm_lck[payer.mm];
	return locked + npages > limit ? -ENOMEM : 0;
}

/* Who is asked for nothing has no reason to say no. */
int model_charge(const struct object *object, unsigned long npages)
{
	int rc;

	if (!npages)
		return 0;
	rc = check_limit(object->payer, npages);
	if (rc || !object->has_next)
		return rc;
	return check_limit(object->next, npages);
}

int model_prepare(const struct object *object, struct payer next)
{
	unsigned long n = pinned(object);

	if (object->has_next || model_same_payer(object->payer, next) || !n)
		return 0;
	return check_limit(next, share_user(object->payer, next) ? 0 : n);
}

void model_use(struct object *object, unsigned long first, unsigned long npages)
{
	while (npages--)
		object->nr_singles += !object->singles[first++]++;
}

void model_unuse(struct object *object, unsigned long first,
		 unsigned long npages)
{
	while (npages--)
		object->nr_singles -= !--object->singles[first++];
}
