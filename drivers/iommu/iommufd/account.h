/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who pays for pinned memory.
 */
#ifndef __IOMMUFD_ACCOUNT_H
#define __IOMMUFD_ACCOUNT_H

struct mm_struct;
struct task_struct;
struct user_struct;

/**
 * enum iommufd_account_mode - whose limit pinned pages count against
 * @IOMMUFD_ACCOUNT_USER: the user's locked pages, in all of the user's
 *	processes, against RLIMIT_MEMLOCK of the process that maps. The pages
 *	also show up in VmPin of that process. This is the default.
 * @IOMMUFD_ACCOUNT_PROCESS: the locked pages of the process that maps (VmLck),
 *	against its RLIMIT_MEMLOCK.
 * @IOMMUFD_ACCOUNT_NONE: nobody's.
 */
enum iommufd_account_mode {
	IOMMUFD_ACCOUNT_USER,
	IOMMUFD_ACCOUNT_PROCESS,
	IOMMUFD_ACCOUNT_NONE,
};

/**
 * struct iommufd_account - the payer of a pages object
 * @mode: (i) what is counted
 * @user: (i) referenced; only with IOMMUFD_ACCOUNT_USER, else NULL
 * @mm: (i) grabbed; NULL with IOMMUFD_ACCOUNT_NONE
 * @task: (i) referenced, has the limit; NULL with IOMMUFD_ACCOUNT_NONE
 * @user_is_paid: (c) the user's locked pages are charged by another account
 *
 * The payer is fixed when memory is mapped: a charge always goes back to where
 * it came from, whichever process unmaps and whether or not the payer still
 * lives. (i) immutable between init and release, (c) by its owner's lock.
 */
struct iommufd_account {
	enum iommufd_account_mode mode;
	struct user_struct *user;
	struct mm_struct *mm;
	struct task_struct *task;
	bool user_is_paid;
};

void iommufd_account_init(struct iommufd_account *account,
			  enum iommufd_account_mode mode);
void iommufd_account_release(struct iommufd_account *account);
bool iommufd_account_same(const struct iommufd_account *a,
			  const struct iommufd_account *b);
void iommufd_account_share(struct iommufd_account *next,
			   const struct iommufd_account *account);
void iommufd_account_hand_over(struct iommufd_account *account,
			       struct iommufd_account *old);
int iommufd_account_charge(struct iommufd_account *account,
			   unsigned long npages);
void iommufd_account_uncharge(struct iommufd_account *account,
			      unsigned long npages);

#endif
