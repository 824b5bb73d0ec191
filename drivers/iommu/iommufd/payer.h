/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is charged for backing memory, and a change of who pays.
 */
#ifndef __IOMMUFD_PAYER_H
#define __IOMMUFD_PAYER_H

#include "account.h"

struct iommufd_pages;
struct list_head;

int iommufd_pages_charge_locked(struct iommufd_pages *pages,
				unsigned long npages);
void iommufd_pages_settle_locked(struct iommufd_pages *pages);

int iommufd_payer_prepare(struct iommufd_pages *pages,
			  enum iommufd_account_mode mode,
			  struct list_head *changes);
void iommufd_payer_commit(struct list_head *changes);
void iommufd_payer_abort(struct list_head *changes);

#endif
