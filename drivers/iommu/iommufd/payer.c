// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is charged for backing memory, and a change of who pays.
 *
 * A change is prepared for one pages object after the other: the new payer is
 * charged for what is pinned, and from then on both are. When that worked for
 * all of them, the old payers are let go, which cannot fail.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/slab.h>

#include "pages.h"
#include "payer.h"
#include "refuse.h"

/**
 * struct payer_change - A change for one pages object
 * @item: List of the call that changes
 * @pages: Referenced
 * @account: The new payer, pages->next_account meanwhile. pages->account is it
 *           afterwards
 */
struct payer_change {
	struct list_head item;
	struct iommufd_pages *pages;
	struct iommufd_account account;
};

/* Tell the context what is pinned and charged of it by now. */
static void count_locked(struct iommufd_pages *pages)
{
	long pinned = pages->users ? pages->npages : pages->nr_singles;
	long charged = pages->account.mode == IOMMUFD_ACCOUNT_NONE ?
			       0 : pages->charged;

	lockdep_assert_held(&pages->mutex);
	iommufd_usage_change_pins(pages->usage, pinned - pages->counted_pinned,
				  charged - pages->counted_charged);
	pages->counted_pinned = pinned;
	pages->counted_charged = charged;
}

/**
 * iommufd_pages_charge_locked() - charge for pages that will be pinned
 * @pages: pages->mutex is held
 * @npages: how many
 *
 * Return: 0, undone by iommufd_pages_settle_locked() unless there are that many
 * users more by then; else as iommufd_account_charge().
 */
int iommufd_pages_charge_locked(struct iommufd_pages *pages,
				unsigned long npages)
{
	int rc;

	lockdep_assert_held(&pages->mutex);
	rc = iommufd_account_charge(&pages->account, npages);
	if (rc)
		return rc;
	if (pages->next_account) {
		rc = iommufd_account_charge(pages->next_account, npages);
		if (rc) {
			iommufd_account_uncharge(&pages->account, npages);
			return rc;
		}
	}
	pages->charged += npages;
	return 0;
}

/**
 * iommufd_pages_settle_locked() - give back what is charged too much
 * @pages: pages->mutex is held
 *
 * Called whenever users or singles came or went; keeps the context's counters.
 * A page is charged once, whether it is pinned with all others, as a single, or
 * both.
 */
void iommufd_pages_settle_locked(struct iommufd_pages *pages)
{
	unsigned long due = (pages->users ? pages->npages : pages->nr_singles) +
			    pages->pending;
	unsigned long surplus = pages->charged - due;

	lockdep_assert_held(&pages->mutex);
	if (surplus) {
		iommufd_account_uncharge(&pages->account, surplus);
		if (pages->next_account)
			iommufd_account_uncharge(pages->next_account, surplus);
		pages->charged = due;
	}
	count_locked(pages);
}

static void change_free(struct payer_change *change)
{
	list_del(&change->item);
	iommufd_pages_put(change->pages);
	kfree(change);
}

/**
 * iommufd_payer_prepare() - charge the current process for memory, too
 * @pages: that the caller has a reference on
 * @mode: what to count
 * @changes: list of this and other changes of the same call. One call at a time
 *
 * Does nothing when the current process pays already, or a change is prepared.
 *
 * Context: sleeps, takes pages->mutex and the mmap_lock of the current process.
 * Return: 0, ended by iommufd_payer_commit() or iommufd_payer_abort(); -ENOMEM
 * over its limit; -EINTR.
 */
int iommufd_payer_prepare(struct iommufd_pages *pages,
			  enum iommufd_account_mode mode,
			  struct list_head *changes)
{
	struct payer_change *change;
	int rc = 0;

	/* Of several areas with the same pages the first one did it. */
	if (READ_ONCE(pages->next_account))
		return 0;
	change = kzalloc(sizeof(*change), GFP_KERNEL_ACCOUNT);
	if (!change)
		return iommufd_refuse(-ENOMEM, "out of memory");
	change->pages = iommufd_pages_get(pages);
	INIT_LIST_HEAD(&change->item);
	iommufd_account_init(&change->account, mode);

	if (mutex_lock_killable(&pages->mutex)) {
		iommufd_account_release(&change->account);
		change_free(change);
		return iommufd_refuse(-EINTR, "killed");
	}
	if (!pages->next_account &&
	    !iommufd_account_same(&pages->account, &change->account)) {
		iommufd_account_share(&change->account, &pages->account);
		rc = iommufd_account_charge(&change->account, pages->charged);
		if (!rc) {
			pages->next_account = &change->account;
			list_add(&change->item, changes);
		}
	}
	mutex_unlock(&pages->mutex);
	if (list_empty(&change->item)) {
		iommufd_account_release(&change->account);
		change_free(change);
	}
	return rc;
}

/**
 * iommufd_payer_commit() - let the old payers go
 * @changes: from iommufd_payer_prepare(), empty afterwards
 *
 * Cannot fail.
 */
void iommufd_payer_commit(struct list_head *changes)
{
	while (!list_empty(changes)) {
		struct payer_change *change =
			list_first_entry(changes, struct payer_change, item);
		struct iommufd_pages *pages = change->pages;
		struct iommufd_account old;

		mutex_lock(&pages->mutex);
		old = pages->account;
		pages->account = change->account;
		iommufd_account_hand_over(&pages->account, &old);
		iommufd_account_uncharge(&old, pages->charged);
		pages->next_account = NULL;
		count_locked(pages);
		mutex_unlock(&pages->mutex);
		iommufd_account_release(&old);
		change_free(change);
		cond_resched();
	}
}

/**
 * iommufd_payer_abort() - undo iommufd_payer_prepare()
 * @changes: from there, empty afterwards
 */
void iommufd_payer_abort(struct list_head *changes)
{
	while (!list_empty(changes)) {
		struct payer_change *change =
			list_first_entry(changes, struct payer_change, item);
		struct iommufd_pages *pages = change->pages;

		mutex_lock(&pages->mutex);
		iommufd_account_uncharge(&change->account, pages->charged);
		pages->next_account = NULL;
		mutex_unlock(&pages->mutex);
		iommufd_account_release(&change->account);
		change_free(change);
		cond_resched();
	}
}
