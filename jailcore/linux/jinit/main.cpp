#include "jailcore/contract/linux/jinit.hpp"

int main(int argc, char** argv) {
    return jailcore::jinit_main(argc, argv);
}
