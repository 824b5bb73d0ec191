// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU_IOAS_CHANGE_PROCESS: another process goes on with what is mapped.
 */
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/sched/signal.h>
#include <uapi/linux/iommufd.h>

#include "area.h"
#include "context.h"
#include "ioas.h"
#include "ioctl.h"
#include "pages.h"
#include "payer.h"
#include "refuse.h"

/* The memory of the first area that ends at @iova or above; NULL if there is none. */
static struct iommufd_pages *pages_from(struct iommufd_iopt *iopt,
					unsigned long iova, unsigned long *last)
{
	struct iommufd_pages *pages = NULL;
	struct iommufd_area *area;

	down_read(&iopt->iova_rwsem);
	area = iommufd_area_first(iopt, iova, ULONG_MAX);
	if (!area) {
		*last = ULONG_MAX;
	} else if (iommufd_area_read_state(area) != IOMMUFD_AREA_LIVE) {
		pages = ERR_PTR(iommufd_refuse(-EBUSY,
					       "area is being changed"));
	} else if (area->pages->backing.mm) {
		/* What comes from a process stays with it. */
		pages = ERR_PTR(iommufd_refuse(-EINVAL,
					       "memory of a process is mapped"));
	} else {
		pages = iommufd_pages_get(area->pages);
		*last = area->last;
	}
	up_read(&iopt->iova_rwsem);
	return pages;
}

static int prepare_ioas(struct iommufd_ioas *ioas,
			enum iommufd_account_mode mode,
			struct list_head *changes)
{
	unsigned long iova = 0, last;
	struct iommufd_pages *pages;
	int rc;

	do {
		if (fatal_signal_pending(current))
			return iommufd_refuse(-EINTR, "killed");
		cond_resched();
		pages = pages_from(&ioas->iopt, iova, &last);
		if (IS_ERR(pages))
			return PTR_ERR(pages);
		if (!pages)
			return 0;
		rc = iommufd_payer_prepare(pages, mode, changes);
		iommufd_pages_put(pages);
		if (rc)
			return rc;
		iova = last + 1;
	} while (last != ULONG_MAX);
	return 0;
}

static int prepare_all(struct iommufd_ucmd *ucmd, struct list_head *changes)
{
	struct iommufd_ctx *ictx = ucmd->ictx;
	struct iommufd_object *obj;
	u32 id;
	int rc;

	for (id = 0; (obj = iommufd_object_get_from(ictx, id)); id++) {
		id = obj->id;
		rc = 0;
		if (obj->type == &iommufd_ioas_type)
			rc = prepare_ioas(iommufd_obj_to_ioas(obj),
					  ictx->account_mode, changes);
		iommufd_object_put(ictx, obj);
		if (rc)
			return rc;
	}
	return 0;
}

/**
 * iommufd_ioas_change_process_ioctl() - IOMMU_IOAS_CHANGE_PROCESS
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_ioas_change_process_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_change_process *cmd = ucmd->cmd;
	LIST_HEAD(changes);
	int rc;

	if (cmd->__reserved)
		return iommufd_refuse(-EOPNOTSUPP, "reserved member not 0");
	if (mutex_lock_killable(&ucmd->ictx->payer_mutex))
		return iommufd_refuse(-EINTR, "killed");
	rc = prepare_all(ucmd, &changes);
	if (rc)
		iommufd_payer_abort(&changes);
	else
		iommufd_payer_commit(&changes);
	mutex_unlock(&ucmd->ictx->payer_mutex);
	return rc;
}
