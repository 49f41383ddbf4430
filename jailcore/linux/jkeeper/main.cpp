#include "jailcore/contract/linux/keeper.hpp"

int main(int argc, char** argv) {
    return jailcore::keeper_main(argc, argv);
}
