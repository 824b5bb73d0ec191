// SPDX-License-Identifier: GPL-2.0-only
/*
 * Charges for pinned memory, see enum iommufd_account_mode.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/user.h>

#include "account.h"
#include "refuse.h"

/**
 * iommufd_account_init() - make the current process the payer
 * @account: to set up; release with iommufd_account_release()
 * @mode: what to count. A process with CAP_IPC_LOCK has no limit, so nothing is
 *	counted for it: its pages must not use up what its user's other
 *	processes may lock.
 *
 * Context: a user process.
 */
void iommufd_account_init(struct iommufd_account *account,
			  enum iommufd_account_mode mode)
{
	if (mode != IOMMUFD_ACCOUNT_NONE && capable(CAP_IPC_LOCK))
		mode = IOMMUFD_ACCOUNT_NONE;

	account->mode = mode;
	account->user = NULL;
	account->mm = NULL;
	account->task = NULL;
	account->user_is_paid = false;
	if (mode == IOMMUFD_ACCOUNT_NONE)
		return;

	if (mode == IOMMUFD_ACCOUNT_USER)
		account->user = get_uid(current_user());
	account->mm = current->mm;
	mmgrab(account->mm);
	/* The limit belongs to all threads, and the leader stays the longest. */
	account->task = get_task_struct(current->group_leader);
}

/**
 * iommufd_account_release() - let go of the payer
 * @account: all that was charged must be uncharged
 */
void iommufd_account_release(struct iommufd_account *account)
{
	if (account->mode == IOMMUFD_ACCOUNT_NONE)
		return;

	put_task_struct(account->task);
	mmdrop(account->mm);
	if (account->user)
		free_uid(account->user);
}

/**
 * iommufd_account_same() - do two accounts charge the same?
 * @a: one
 * @b: the other
 *
 * Return: true when it makes no difference which of them is used
 */
bool iommufd_account_same(const struct iommufd_account *a,
			  const struct iommufd_account *b)
{
	return a->mode == b->mode && a->mm == b->mm && a->user == b->user &&
	       a->task == b->task;
}

/**
 * iommufd_account_share() - do not charge a user twice
 * @next: account that nothing is charged to yet
 * @account: account that is charged for the same pages
 *
 * When both charge the same user, @next leaves that to @account. Undone by
 * iommufd_account_hand_over().
 */
void iommufd_account_share(struct iommufd_account *next,
			   const struct iommufd_account *account)
{
	next->user_is_paid = next->user && next->user == account->user;
}

/**
 * iommufd_account_hand_over() - go on with one of two accounts
 * @account: account that stays; may have been shared with @old
 * @old: account that is uncharged next
 */
void iommufd_account_hand_over(struct iommufd_account *account,
			       struct iommufd_account *old)
{
	old->user_is_paid = account->user_is_paid;
	account->user_is_paid = false;
}

static int charge_user(struct iommufd_account *account, unsigned long npages)
{
	unsigned long limit = task_rlimit(account->task, RLIMIT_MEMLOCK) >>
			      PAGE_SHIFT;
	long locked = atomic_long_read(&account->user->locked_vm);

	do {
		unsigned long more = account->user_is_paid ? 0 : npages;

		if (npages > limit || locked > limit - more)
			return iommufd_refuse(-ENOMEM,
					      "over RLIMIT_MEMLOCK of the user");
		if (account->user_is_paid)
			break;
	} while (!atomic_long_try_cmpxchg(&account->user->locked_vm, &locked,
					  locked + npages));
	atomic64_add(npages, &account->mm->pinned_vm);
	return 0;
}

static int charge_process(struct iommufd_account *account, unsigned long npages)
{
	int rc;

	if (mmap_write_lock_killable(account->mm))
		return iommufd_refuse(-EINTR, "killed");
	rc = __account_locked_vm(account->mm, npages, true, account->task,
				 false);
	mmap_write_unlock(account->mm);
	if (rc)
		iommufd_refuse(rc, "over RLIMIT_MEMLOCK of the process");
	return rc;
}

/**
 * iommufd_account_charge() - charge pages that are about to be pinned
 * @account: payer
 * @npages: number of pages
 *
 * Charging comes before pinning, so that memory beyond the limit is never held
 * even for a moment.
 *
 * Context: takes the payer's mmap_lock.
 * Return: 0; -ENOMEM over the limit; -EINTR on a fatal signal. Nothing is
 * charged on error. Charging 0 pages does not fail, even over the limit.
 */
int iommufd_account_charge(struct iommufd_account *account,
			   unsigned long npages)
{
	if (!npages)
		return 0;
	switch (account->mode) {
	case IOMMUFD_ACCOUNT_USER:
		return charge_user(account, npages);
	case IOMMUFD_ACCOUNT_PROCESS:
		return charge_process(account, npages);
	case IOMMUFD_ACCOUNT_NONE:
		break;
	}
	return 0;
}

/**
 * iommufd_account_uncharge() - give back what iommufd_account_charge() took
 * @account: the same payer, who may be gone meanwhile
 * @npages: the same number of pages
 *
 * Context: takes the payer's mmap_lock.
 */
void iommufd_account_uncharge(struct iommufd_account *account,
			      unsigned long npages)
{
	switch (account->mode) {
	case IOMMUFD_ACCOUNT_USER:
		atomic64_sub(npages, &account->mm->pinned_vm);
		if (!account->user_is_paid)
			atomic_long_sub(npages, &account->user->locked_vm);
		break;
	case IOMMUFD_ACCOUNT_PROCESS:
		mmap_write_lock(account->mm);
		__account_locked_vm(account->mm, npages, false, account->task,
				    false);
		mmap_write_unlock(account->mm);
		break;
	case IOMMUFD_ACCOUNT_NONE:
		break;
	}
}
