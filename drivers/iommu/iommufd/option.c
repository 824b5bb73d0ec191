// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU_OPTION: what can be chosen of a context or of an address space.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/xarray.h>
#include <uapi/linux/iommufd.h>

#include "context.h"
#include "ioas.h"
#include "ioctl.h"
#include "option.h"
#include "refuse.h"

/*
 * An object may have charged already, so there must be none. One that is just
 * being made has not, and xa_find() does not see it.
 */
static int set_rlimit_mode(struct iommufd_ctx *ictx, u64 value)
{
	unsigned long first = 0;
	int rc = 0;

	if (!capable(CAP_SYS_RESOURCE))
		return iommufd_refuse(-EPERM, "needs CAP_SYS_RESOURCE");

	xa_lock(&ictx->objects);
	if (xa_find(&ictx->objects, &first, ULONG_MAX, XA_PRESENT))
		rc = -EBUSY;
	else if (value > 1)
		rc = -EINVAL;
	else
		WRITE_ONCE(ictx->account_mode,
			   value ? IOMMUFD_ACCOUNT_PROCESS :
				   IOMMUFD_ACCOUNT_USER);
	xa_unlock(&ictx->objects);
	if (rc)
		iommufd_refuse(rc, rc == -EBUSY ? "context has objects" :
						  "no such value");
	return rc;
}

static int rlimit_mode(struct iommufd_ucmd *ucmd)
{
	struct iommu_option *cmd = ucmd->cmd;

	if (cmd->object_id)
		return iommufd_refuse(-EOPNOTSUPP, "not an object's option");
	if (cmd->op == IOMMU_OPTION_OP_SET)
		return set_rlimit_mode(ucmd->ictx, cmd->val64);
	cmd->val64 = READ_ONCE(ucmd->ictx->account_mode) ==
		     IOMMUFD_ACCOUNT_PROCESS;
	return iommufd_ucmd_respond(ucmd);
}

static int huge_pages(struct iommufd_ucmd *ucmd)
{
	struct iommu_option *cmd = ucmd->cmd;
	struct iommufd_object *obj;
	struct iommufd_ioas *ioas;
	int rc = 0;

	obj = iommufd_object_get(ucmd->ictx, cmd->object_id,
				 &iommufd_ioas_type);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	ioas = iommufd_obj_to_ioas(obj);
	if (cmd->op == IOMMU_OPTION_OP_GET)
		cmd->val64 = iommufd_iopt_huge_pages(&ioas->iopt);
	else if (cmd->val64 > 1)
		rc = iommufd_refuse(-EINVAL, "no such value");
	else
		rc = iommufd_iopt_set_huge_pages(&ioas->iopt, cmd->val64);
	iommufd_object_put(ucmd->ictx, obj);
	if (!rc && cmd->op == IOMMU_OPTION_OP_GET)
		rc = iommufd_ucmd_respond(ucmd);
	return rc;
}

/**
 * iommufd_option_ioctl() - IOMMU_OPTION
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_option_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_option *cmd = ucmd->cmd;

	if (cmd->__reserved || cmd->op > IOMMU_OPTION_OP_GET)
		return iommufd_refuse(-EOPNOTSUPP, "no such operation");
	switch (cmd->option_id) {
	case IOMMU_OPTION_RLIMIT_MODE:
		return rlimit_mode(ucmd);
	case IOMMU_OPTION_HUGE_PAGES:
		return huge_pages(ucmd);
	default:
		return iommufd_refuse(-EOPNOTSUPP, "no such option");
	}
}
