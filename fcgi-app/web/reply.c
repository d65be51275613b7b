/* reply.c - what handlers answer with. */
#include <string.h>

#include "base/seal.h"
#include "web/endpoint.h"

fallible
reply_show(const struct request *rq, struct reply *re, const struct view *view,
	   const void *model)
{
	if (rq->face == FACE_PAGE && view->template == NULL)
		return FAIL(INTERNAL, "view %s has no page", view->name);
	re->view = view;
	re->model = model;
	return NULL;
}

fallible
reply_changed(const struct request *rq, struct reply *re, const char *see,
	      const struct view *view, const void *model)
{
	if (rq->face == FACE_PAGE)
		return reply_see(re, see);
	return reply_show(rq, re, view, model);
}

fallible
reply_see(struct reply *re, const char *location)
{
	re->status = 303;
	re->location = location;
	return NULL;
}

fallible
reply_bytes(struct reply *re, int status, const char *content_type, const void *bytes,
	    size_t len)
{
	re->status = status;
	re->content_type = content_type;
	re->raw = bytes;
	re->raw_len = len;
	return NULL;
}

fallible
reply_stored(struct reply *re, const struct idem_reply *stored)
{
	re->status = (int)stored->status;
	re->location = stored->location;
	re->content_type = stored->content_type;
	re->raw = stored->body.at == NULL ? "" : stored->body.at;
	re->raw_len = stored->body.len;
	re->replayed = true;
	return NULL;
}
