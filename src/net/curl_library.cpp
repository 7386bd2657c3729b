#include "nmgr/net/curl_library.h"

#include <curl/curl.h>
#include <dlfcn.h>

#include <atomic>
#include <cstdarg>
#include <cstdlib>

namespace nmgr::net {
namespace {

std::atomic<void*> g_library = nullptr;

Expected<void> Load() {
  g_library = ::dlopen(NMGR_LIBCURL, RTLD_NOW | RTLD_LOCAL);
  if (g_library != nullptr) return {};
  const char* const reason = ::dlerror();
  return Error{
      ErrorCode::kInternal,
      std::string("a library cannot be loaded: ") + (reason == nullptr ? NMGR_LIBCURL : reason),
      "on Debian 12: apt-get install libcurl4"};
}

void* Find(const char* name) {
  if (g_library != nullptr) {
    if (void* const found = ::dlsym(g_library, name)) return found;
  }
  std::abort();  // LoadCurl was not called, or a library of another version was loaded
}

template <class Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(Find(name));
}

}  // namespace

Expected<void> LoadCurl() {
  static const Expected<void> kLoaded = Load();
  return kLoaded;
}

}  // namespace nmgr::net

// Hands a call on. A variadic one has a single argument of the size of a pointer.
#define NMGR_HAND_ON(result, name, parameters, arguments)               \
  result name parameters {                                              \
    static const auto real = nmgr::net::Real<result parameters>(#name); \
    return real arguments;                                              \
  }
#define NMGR_HAND_ON_VARIADIC(result, name, first_type, second_type)                       \
  result name(first_type first, second_type second, ...) {                                 \
    static_assert(sizeof(long) == sizeof(void*) && sizeof(curl_off_t) == sizeof(void*));   \
    static const auto real = nmgr::net::Real<result(first_type, second_type, ...)>(#name); \
    std::va_list arguments;                                                                \
    va_start(arguments, second);                                                           \
    void* const third = va_arg(arguments, void*);                                          \
    va_end(arguments);                                                                     \
    return real(first, second, third);                                                     \
  }

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#ifdef __clang__
// An enumerator before the dots, as libcurl declares it.
#pragma clang diagnostic ignored "-Wvarargs"
#endif
extern "C" {
NMGR_HAND_ON(CURLcode, curl_global_init, (long flags), (flags))
NMGR_HAND_ON(CURL*, curl_easy_init, (), ())
NMGR_HAND_ON(void, curl_easy_cleanup, (CURL * easy), (easy))
NMGR_HAND_ON(CURLcode, curl_easy_recv, (CURL * easy, void* into, size_t size, size_t* got),
             (easy, into, size, got))
NMGR_HAND_ON(CURLcode, curl_easy_send, (CURL * easy, const void* bytes, size_t size, size_t* sent),
             (easy, bytes, size, sent))
NMGR_HAND_ON(const char*, curl_easy_strerror, (CURLcode code), (code))
NMGR_HAND_ON_VARIADIC(CURLcode, curl_easy_setopt, CURL*, CURLoption)
NMGR_HAND_ON_VARIADIC(CURLcode, curl_easy_getinfo, CURL*, CURLINFO)
NMGR_HAND_ON(CURLM*, curl_multi_init, (), ())
NMGR_HAND_ON(CURLMcode, curl_multi_cleanup, (CURLM * multi), (multi))
NMGR_HAND_ON(CURLMcode, curl_multi_add_handle, (CURLM * multi, CURL* easy), (multi, easy))
NMGR_HAND_ON(CURLMcode, curl_multi_remove_handle, (CURLM * multi, CURL* easy), (multi, easy))
NMGR_HAND_ON(CURLMcode, curl_multi_perform, (CURLM * multi, int* running), (multi, running))
NMGR_HAND_ON(CURLMcode, curl_multi_poll,
             (CURLM * multi, curl_waitfd extra[], unsigned int count, int timeout, int* ready),
             (multi, extra, count, timeout, ready))
NMGR_HAND_ON(CURLMcode, curl_multi_wakeup, (CURLM * multi), (multi))
NMGR_HAND_ON(CURLMsg*, curl_multi_info_read, (CURLM * multi, int* left), (multi, left))
NMGR_HAND_ON_VARIADIC(CURLMcode, curl_multi_setopt, CURLM*, CURLMoption)
NMGR_HAND_ON(curl_slist*, curl_slist_append, (curl_slist * list, const char* text), (list, text))
NMGR_HAND_ON(void, curl_slist_free_all, (curl_slist * list), (list))
}
