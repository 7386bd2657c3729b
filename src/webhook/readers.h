// What each kind of sender says in a body whose proof holds. A reader fills pushes and images, or
// says why there is nothing to do; it never refuses.
#pragma once

#include "nmgr/webhook/receive.h"
#include "webhook/body.h"

namespace nmgr::webhook {

void ReadGitHub(const Headers& headers, const Json& body, Result& result);
void ReadGitea(const Headers& headers, const Json& body, Result& result);  // and Forgejo
void ReadGitLab(const Headers& headers, const Json& body, Result& result);
void ReadBitbucket(const Headers& headers, const Json& body, Result& result);
void ReadBitbucketServer(const Headers& headers, const Json& body, Result& result);

void ReadGhcr(const Headers& headers, const Json& body, Result& result);
void ReadDistribution(const Headers& headers, const Json& body, Result& result);
void ReadHarbor(const Headers& headers, const Json& body, Result& result);
void ReadZot(const Headers& headers, const Json& body, Result& result);
void ReadDockerHub(const Headers& headers, const Json& body, Result& result);
void ReadQuay(const Headers& headers, const Json& body, Result& result);

// What happened is nothing that anything here depends on. `what` is the sender's word for it.
void Ignore(Result& result, std::string_view what);

// Adds it if it names a repository and a ref.
void AddPush(Push push, Result& result);

// Adds it if it has a tag, and everything in it is what a registry can have. What is no digest is
// left out of it.
void AddImage(Image image, Result& result);

// 40 or 64 hexadecimal digits in small letters; "" for anything else and for nothing but zeros,
// which stand for "none".
std::string CommitOf(std::string text);

}  // namespace nmgr::webhook
