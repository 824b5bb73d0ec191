// SPDX-License-Identifier: GPL-2.0-only
/*
 * An errno says that something was wrong; here is what.
 */
#include <linux/err.h>

#include "refuse.h"

#define CREATE_TRACE_POINTS
#include <trace/events/iommufd.h>

/**
 * iommufd_refuse() - Tell why something is not done
 * @rc: What the caller returns, negative
 * @reason: Why, for people: a constant string, lower case, without a full stop
 *
 * Called once for each refusal, where its reason is known; those through whose
 * hands @rc then goes do not call it again. Any context; does nothing when
 * nobody traces the event.
 *
 * Return: @rc
 */
int iommufd_refuse(int rc, const char *reason)
{
	trace_iommufd_refuse(rc, reason);
	return rc;
}
