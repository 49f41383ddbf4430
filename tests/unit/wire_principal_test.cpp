// Principals as text, in the messages of the link.
#include "router/wire/principal.hpp"

#include <gtest/gtest.h>

namespace {

using wire::Principal;

TEST(Principal, IsTheTextThatItIsReadFrom) {
    for (uid_t uid : {uid_t{0}, uid_t{1000}, uid_t{0x77ffffff}, static_cast<uid_t>(-2)}) {
        Principal principal(uid);
        EXPECT_EQ("unix:" + std::to_string(uid), principal.text());
        EXPECT_LE(principal.text().size(), wire::max_principal);
        EXPECT_EQ(principal, Principal::from_text(principal.text()));
        EXPECT_NE(principal, Principal());
    }
    EXPECT_LT(Principal(1), Principal(2));
}

TEST(Principal, IsReadFromNoOtherText) {
    for (const char* text : {"", "unix", "unix:", "unix:x", "unix:-1", "unix:+1", "unix: 1", "unix:1 ",
                             "unix:01", "unix:1:2", "unix:4294967296", "UNIX:1", "tls:1", "1000"})
        EXPECT_FALSE(Principal::from_text(text)) << text;
}

} // namespace
